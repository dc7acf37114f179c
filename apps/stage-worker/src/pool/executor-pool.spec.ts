import { beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { ExecuteCall, ExecuteOutputs } from '../executors/index.ts';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { callOf, KeptLog } from '../../../../test/support/stages.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { ExecutorPool } from './executor-pool.ts';
import type { StoppableExecutor } from './pool-member.ts';

// Members whose every step the test takes; real ones are in test/contract/pooled-executor.*.

class SteppedExecutor implements StoppableExecutor {
  readonly #onDeath: (error: AppError) => void;
  readonly loading = Promise.withResolvers<void>();
  running = Promise.withResolvers<ExecuteOutputs>();
  call: ExecuteCall | undefined;
  unloaded = false;

  constructor(onDeath: (error: AppError) => void) {
    this.#onDeath = onDeath;
  }

  load(): Promise<void> {
    return this.loading.promise;
  }

  execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    this.running = Promise.withResolvers();
    this.call = call;
    return this.running.promise;
  }

  stop(error: AppError): void {
    this.loading.reject(error);
    this.running.reject(error);
    this.#onDeath(error);
  }

  unload(): Promise<void> {
    this.unloaded = true;
    const error = new AppError('SHUTTING_DOWN', 'unloaded');
    this.loading.reject(error);
    this.running.reject(error);
    return Promise.resolve();
  }

  describe() {
    return { kind: 'stepped', summary: 'stepped by a test' };
  }
}

const never = new AbortController().signal;
const loadFailure = new AppError('EXECUTOR_LOAD_FAILED', 'The model is gone.');
const crash = new AppError('EXECUTOR_CRASHED', 'The thread died.');

describe('the executor pool', () => {
  let clock: FakeClock;
  let made: SteppedExecutor[];
  let log: KeptLog;

  const open = (size: number): ExecutorPool => {
    const make = (onDeath: (error: AppError) => void): SteppedExecutor => {
      const executor = new SteppedExecutor(onDeath);
      // Nobody may look at these: then their rejection is no news.
      executor.loading.promise.catch(() => undefined);
      executor.running.promise.catch(() => undefined);
      made.push(executor);
      return executor;
    };
    const description = { kind: 'stepped', summary: 'not loaded' };
    return new ExecutorPool({ stage: 'tested', description, size, timeoutMs: 1_000, abortGraceMs: 100, maxWaiting: 10, make, clock, log });
  };
  const running = async (size: number): Promise<ExecutorPool> => {
    const pool = open(size);
    const loading = pool.load();
    for (const executor of made) executor.loading.resolve();
    await loading;
    return pool;
  };
  const at = (index: number): SteppedExecutor => made.at(index) as SteppedExecutor;
  const codeOf = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'resolved', (error: AppError) => error.code);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    clock = new FakeClock();
    made = [];
    log = new KeptLog();
  });

  it('is not loaded before its slowest executor is', async () => {
    const pool = open(2);
    let loaded = false;
    const loading = pool.load().then(() => {
      loaded = true;
    });
    at(0).loading.resolve();
    await settled();
    expect([loaded, pool.free(), pool.state().starting]).toEqual([false, 0, 1]);
    at(1).loading.resolve();
    await loading;
    expect([pool.free(), pool.describe().kind]).toEqual([2, 'stepped']);
  });

  it('unloads what is there when one executor does not load', async () => {
    const pool = open(2);
    const loading = codeOf(pool.load());
    at(0).loading.resolve();
    at(1).stop(loadFailure);
    expect(await loading).toBe('EXECUTOR_LOAD_FAILED');
    expect(at(0).unloaded).toBe(true);
    expect(made).toHaveLength(2);
  });

  it('takes off the time a call waited from what it has left', async () => {
    const pool = await running(1);
    const first = pool.execute(callOf({}), never);
    const second = pool.execute(callOf({}, { remainingMs: 500 }), never);
    clock.advance(200);
    at(0).running.resolve({});
    await first;
    await waitUntil('the second call', () => at(0).call?.remainingMs === 300);
    at(0).running.resolve({});
    await second;
  });

  it('pauses longer and longer between starts that fail, and refuses calls meanwhile with the reason', async () => {
    const pool = await running(1);
    const pauses = [0, 100, 200, 400, 800];
    at(0).stop(crash);
    for (const pauseMs of pauses.slice(1)) {
      at(-1).stop(loadFailure);
      const count = made.length;
      expect(pool.state()).toMatchObject({ starting: 0, paused: 1 });
      const error: AppError = await pool.execute(callOf({}), never).then(() => Promise.reject(new Error('expected a refusal')), (thrown: AppError) => thrown);
      expect(error).toMatchObject({ code: 'EXECUTOR_CRASHED', retryable: true, message: expect.stringContaining('The model is gone.') });
      clock.advance(pauseMs - 1);
      expect(made).toHaveLength(count);
      clock.advance(1);
      expect(made).toHaveLength(count + 1);
    }
    at(-1).loading.resolve();
    await waitUntil('the replacement', () => pool.free() === 1);
    expect(log.entries.filter(({ level }) => level === 'warn')).toHaveLength(pauses.length);
  });

  it('rejects the calls that wait when the last executor is down for a while', async () => {
    const pool = await running(1);
    const calls = [pool.execute(callOf({}), never), pool.execute(callOf({}), never)].map(codeOf);
    at(0).stop(crash);
    expect(await calls[0]).toBe('EXECUTOR_CRASHED');
    expect(pool.state()).toMatchObject({ starting: 1, waiting: 1 });
    at(1).stop(loadFailure);
    expect(await calls[1]).toBe('EXECUTOR_CRASHED');
    expect(pool.state()).toMatchObject({ paused: 1, waiting: 0 });
  });

  it('starts again without a pause after an executor that had worked', async () => {
    const pool = await running(1);
    for (let round = 0; round < 5; round += 1) {
      const call = pool.execute(callOf({}), never);
      at(-1).running.resolve({});
      await call;
      await waitUntil('the executor is free', () => pool.free() === 1);
      at(-1).stop(crash);
      expect(made).toHaveLength(round + 2);
      at(-1).loading.resolve();
      await waitUntil('the replacement', () => pool.free() === 1);
    }
    expect(pool.state()).toMatchObject({ replacedTotal: 5, lastFailure: 'The thread died.' });
  });

  it('does not take timeouts for a crash loop', async () => {
    const pool = await running(1);
    for (let round = 0; round < 3; round += 1) {
      const call = codeOf(pool.execute(callOf({}), never));
      clock.advance(1_000);
      expect(await call).toBe('EXECUTOR_TIMEOUT');
      expect(pool.state().paused).toBe(0);
      at(-1).loading.resolve();
      await waitUntil('the replacement', () => pool.free() === 1);
    }
  });

  it('stops only the call that is overdue', async () => {
    const pool = await running(2);
    const early = codeOf(pool.execute(callOf({}), never));
    clock.advance(600);
    const late = pool.execute(callOf({}), never);
    clock.advance(400);
    expect(await early).toBe('EXECUTOR_TIMEOUT');
    expect(pool.busy()).toBe(1);
    at(0).running.resolve({ answered: [] });
    await expect(late).resolves.toEqual({ answered: [] });
  });

  it('goes on with the old executors when a new one does not load', async () => {
    const pool = await running(1);
    const resized = codeOf(pool.resize(2));
    at(1).stop(loadFailure);
    expect(await resized).toBe('EXECUTOR_LOAD_FAILED');
    expect(pool.state()).toMatchObject({ size: 1, free: 1, starting: 0, paused: 0 });
  });

  it('lets a busy surplus executor finish before it leaves, and gives it nothing more', async () => {
    const pool = await running(2);
    const calls = [pool.execute(callOf({}), never), pool.execute(callOf({}), never), pool.execute(callOf({}), never)];
    let resized = false;
    const resizing = pool.resize(1).then(() => {
      resized = true;
    });
    await settled();
    expect([resized, pool.busy()]).toEqual([false, 2]);
    const [leaving, staying] = [made.find((executor) => executor === at(0)), at(1)];
    leaving?.running.resolve({});
    await settled();
    staying.running.resolve({});
    await settled();
    staying.running.resolve({});
    leaving?.running.resolve({});
    await Promise.all([...calls, resizing]);
    expect(made.filter(({ unloaded }) => unloaded)).toHaveLength(1);
    expect(pool.state()).toMatchObject({ size: 1, free: 1, busy: 0, replacedTotal: 0 });
  });

  it('does not replace a surplus executor that dies during its last call', async () => {
    const pool = await running(1);
    const resizing = pool.resize(2);
    at(1).loading.resolve();
    await resizing;
    const calls = [pool.execute(callOf({}), never), pool.execute(callOf({}), never)].map(codeOf);
    const shrunk = pool.resize(1);
    at(0).stop(crash);
    await shrunk;
    at(1).running.resolve({});
    expect((await Promise.all(calls)).sort()).toEqual(['EXECUTOR_CRASHED', 'resolved']);
    expect(made).toHaveLength(2);
  });

  it('gives up a start that is held back before it retires an executor that works', async () => {
    const pool = await running(2);
    at(0).stop(crash);
    at(2).stop(loadFailure);
    expect(pool.state()).toMatchObject({ free: 1, paused: 1 });
    await pool.resize(1);
    expect(pool.state()).toMatchObject({ size: 1, free: 1, paused: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([0, -1, 1.5, NaN])('refuses the size %d', async (size) => {
    const pool = await running(1);
    expect(await codeOf(pool.resize(size))).toBe('INTERNAL');
    expect(pool.state().size).toBe(1);
  });

  it('leaves no timer behind', async () => {
    const pool = await running(2);
    const calls = [pool.execute(callOf({}), never), pool.execute(callOf({}), never)].map(codeOf);
    await pool.unload();
    expect(await Promise.all(calls)).toEqual(['SHUTTING_DOWN', 'SHUTTING_DOWN']);
    expect(clock.pendingTimers).toBe(0);
  });
});
