import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { Parameters } from '#common/inference';
import type { CompiledStage, FunctionSpec } from '#common/pipeline';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import type { PoolLimits } from '../../apps/stage-worker/src/pool/index.ts';
import type { ExecuteOutputs, PooledExecutor } from '../../apps/stage-worker/src/executors/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, fp32, functionStage, KeptLog, numbersOf, pipelineOf } from '../support/stages.ts';
import { waitUntil } from '../support/wait-until.ts';

const TIMEOUT_MS = 1_000;
const GRACE_MS = 200;

/** What a pool promises when functions misbehave, with real threads or processes and a clock the test owns. */
export function pooledExecutorContract(isolation: FunctionSpec['isolation']): void {
  const never = new AbortController().signal;
  let clock: FakeClock;
  let log: KeptLog;
  let folder: string;
  let pool: PooledExecutor;

  const open = async (stage: CompiledStage, limits: Partial<PoolLimits> = {}): Promise<PooledExecutor> => {
    const deps = { clock, log, environment: { ...process.env, DATABASE_PASSWORD: 'secret' }, limits: { abortGraceMs: GRACE_MS, ...limits } };
    pool = await createStageExecutor(pipelineOf(stage), stage, deps);
    return pool;
  };
  const acting = (executors: number, limits: Partial<PoolLimits> = {}): Promise<PooledExecutor> =>
    open(functionStage('act', { isolation, executors, timeoutMs: TIMEOUT_MS }), limits);
  const act = (parameters: Parameters, signal = never): Promise<ExecuteOutputs> =>
    pool.execute(callOf({ x: fp32([1, 3], [1, 2, 3]) }, { parameters }), signal);
  const failure = (call: Promise<unknown>): Promise<AppError> => call.then(() => Promise.reject(new Error('expected a rejection')), (error: AppError) => error);
  const doubles = async (): Promise<void> => expect(numbersOf(await act({}), 'y')).toEqual([2, 4, 6]);
  const allFree = (size: number): Promise<unknown> => waitUntil(`${size} free executors`, () => pool.free() === size);

  beforeEach(async () => {
    clock = new FakeClock();
    log = new KeptLog();
    folder = await mkdtemp(join(tmpdir(), 'pool-contract-'));
  });

  afterEach(async () => {
    // The clock stands still in between: a host that does not end by itself is ended by its grace time.
    const unloaded = pool.unload();
    clock.advance(60_000);
    await unloaded;
    await rm(folder, { recursive: true, force: true });
  });

  it('has every executor warm when load resolves', async () => {
    await (await acting(2)).load();
    expect(pool.state()).toMatchObject({ size: 2, free: 2, busy: 0, starting: 0 });
  });

  it('refuses calls before load and after unload with SHUTTING_DOWN', async () => {
    await acting(1);
    expect(await failure(act({}))).toMatchObject({ code: 'SHUTTING_DOWN' });
    await pool.load();
    await pool.unload();
    expect(await failure(act({}))).toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('rejects load with what the function threw in its own load, and leaves nothing running', async () => {
    await open(functionStage('fails', { isolation }));
    const error = await failure(pool.load());
    expect(error).toMatchObject({ code: 'EXECUTOR_LOAD_FAILED', stage: 'tested' });
    expect(error.message).toContain('no licence file');
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects load when a host dies while it loads', async () => {
    await open(functionStage('exitsLoading', { isolation }));
    const error = await failure(pool.load());
    expect(error).toMatchObject({ code: 'EXECUTOR_LOAD_FAILED' });
    expect(error.message).toContain('ended with code 4 while it loaded');
  });

  it('rejects load when a function does not finish its own load in time', async () => {
    await open(functionStage('hangsLoading', { isolation }), { loadTimeoutMs: 3_000 });
    const loading = failure(pool.load());
    clock.advance(3_000);
    const error = await loading;
    expect(error).toMatchObject({ code: 'EXECUTOR_LOAD_FAILED' });
    expect(error.message).toContain('not ready within 3000 ms');
  });

  it('turns a rejection by the function into INPUT_REJECTED with its reason', async () => {
    await (await acting(1)).load();
    const error = await failure(act({ do: 'reject' }));
    expect(error).toMatchObject({ code: 'INPUT_REJECTED', reason: 'TOO_ODD', message: 'The numbers are odd.', retryable: false, stage: 'tested' });
    expect(pool.state().replacedTotal).toBe(0);
    await doubles();
  });

  it('turns what the function throws into STAGE_FAILED with the message and the place in the function', async () => {
    await (await acting(1)).load();
    const error = await failure(act({ do: 'throw' }));
    expect(error).toMatchObject({ code: 'STAGE_FAILED', stage: 'tested' });
    expect(error.message).toMatch(/^Function "act" of \.\/functions\/stages\.mjs threw TypeError: the numbers are odd \(at .*stages\.mjs:\d+:\d+\)\.$/);
    expect((await failure(act({ do: 'throwText' }))).message).toContain('threw a string: just text');
    await doubles();
  });

  it('writes what the function logs to the log of the process', async () => {
    await (await acting(1)).load();
    await act({ do: 'log' });
    expect(log.entries).toContainEqual({ level: 'warn', message: 'the numbers are odd', fields: { stage: 'tested', rows: 1 } });
  });

  it('runs as many calls at once as it has executors', async () => {
    await (await acting(2)).load();
    const gate = join(folder, 'gate');
    const calls = [act({ until: gate }), act({ until: gate }), act({})];
    expect(pool.state()).toMatchObject({ free: 0, busy: 2, waiting: 1 });
    await writeFile(gate, '');
    await Promise.all(calls);
    expect(pool.state()).toMatchObject({ free: 2, busy: 0, waiting: 0 });
  });

  it('runs the calls that wait in the order they came', async () => {
    await (await acting(1)).load();
    const gate = join(folder, 'gate');
    const order: string[] = [];
    const first = act({ until: gate });
    const rest = ['a', 'b', 'c'].map((name) => act({}).then(() => order.push(name)));
    await writeFile(gate, '');
    await Promise.all([first, ...rest]);
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('refuses one call too many with OVERLOADED', async () => {
    await (await acting(1, { maxWaiting: 1 })).load();
    const gate = join(folder, 'gate');
    const taken = [act({ until: gate }), act({})];
    expect(await failure(act({}))).toMatchObject({ code: 'OVERLOADED' });
    await writeFile(gate, '');
    await Promise.all(taken);
  });

  it('calls back when an executor becomes free, so that the next call can start at once', async () => {
    await (await acting(1)).load();
    const next: Promise<ExecuteOutputs>[] = [];
    pool.onFree(() => {
      expect(pool.free()).toBe(1);
      if (next.length === 0) next.push(act({}));
    });
    await act({});
    await waitUntil('the call made by the listener', () => next[0]);
    expect(numbersOf((await next[0]) as ExecuteOutputs, 'y')).toEqual([2, 4, 6]);
  });

  it('rejects only the call whose executor exits, and replaces the executor', async () => {
    await (await acting(2)).load();
    const gate = join(folder, 'gate');
    const neighbour = act({ until: gate });
    const error = await failure(act({ do: 'exit' }));
    expect(error).toMatchObject({ code: 'EXECUTOR_CRASHED', retryable: true, stage: 'tested' });
    expect(error.message).toContain('ended with code 3 while it ran a call');
    await writeFile(gate, '');
    expect(numbersOf(await neighbour, 'y')).toEqual([2, 4, 6]);
    await allFree(2);
    expect(pool.state()).toMatchObject({ replacedTotal: 1, lastFailure: error.message });
    await doubles();
  });

  it('runs the calls that waited behind a crash on the replacement', async () => {
    await (await acting(1)).load();
    const crashed = failure(act({ do: 'exit' }));
    const waiting = act({});
    expect(await crashed).toMatchObject({ code: 'EXECUTOR_CRASHED' });
    expect(numbersOf(await waiting, 'y')).toEqual([2, 4, 6]);
  });

  it.each(['later', 'rejectLater'])('replaces an executor whose function lets an error escape outside a call (%s)', async (what) => {
    await (await acting(1)).load();
    await act({ do: what }).catch(() => undefined);
    await waitUntil('the replacement', () => pool.state().replacedTotal === 1 && pool.free() === 1);
    await doubles();
  });

  it('survives a function that uses up its memory', async () => {
    await (await acting(1, { maxHeapMiB: 48 })).load();
    expect(await failure(act({ do: 'fill' }))).toMatchObject({ code: 'EXECUTOR_CRASHED' });
    await allFree(1);
    await doubles();
  });

  it.each(['hang', 'spin'])('ends a call that does not answer in time with EXECUTOR_TIMEOUT and replaces its executor (%s)', async (what) => {
    await (await acting(1)).load();
    const hanging = failure(act({ do: what }));
    const waiting = act({});
    clock.advance(TIMEOUT_MS - 1);
    expect(pool.busy()).toBe(1);
    clock.advance(1);
    const error = await hanging;
    expect(error).toMatchObject({ code: 'EXECUTOR_TIMEOUT', retryable: true, stage: 'tested' });
    expect(error.message).toContain('within its timeout of 1000 ms');
    expect(numbersOf(await waiting, 'y')).toEqual([2, 4, 6]);
  });

  it('does not start a call whose signal is aborted already', async () => {
    await (await acting(1)).load();
    const reason = new AppError('DEADLINE_EXCEEDED', 'too late');
    expect(await failure(act({}, AbortSignal.abort(reason)))).toBe(reason);
    expect(pool.busy()).toBe(0);
  });

  it('withdraws a waiting call whose signal aborts', async () => {
    await (await acting(1)).load();
    const gate = join(folder, 'gate');
    const running = act({ until: gate });
    const aborter = new AbortController();
    const waiting = failure(act({ do: 'exit' }, aborter.signal));
    aborter.abort();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(pool.state().waiting).toBe(0);
    await writeFile(gate, '');
    await running;
    await doubles();
    expect(pool.state().replacedTotal).toBe(0);
  });

  it('lets a running call whose signal aborts come to its end, and keeps its executor', async () => {
    await (await acting(1)).load();
    const gate = join(folder, 'gate');
    const aborter = new AbortController();
    const running = failure(act({ until: gate }, aborter.signal));
    aborter.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(pool.busy()).toBe(1);
    await writeFile(gate, '');
    await allFree(1);
    expect(pool.state().replacedTotal).toBe(0);
    await doubles();
  });

  it('replaces an executor that still runs an aborted call when the grace time is over', async () => {
    await (await acting(1)).load();
    const aborter = new AbortController();
    const running = failure(act({ do: 'spin' }, aborter.signal));
    aborter.abort();
    await running;
    clock.advance(GRACE_MS);
    await allFree(1);
    expect(pool.state()).toMatchObject({ replacedTotal: 1 });
    await doubles();
  });

  it('grows and shrinks under load without failing a call', async () => {
    await (await open(functionStage('whoami', { isolation, outputs: [{ name: 'y', datatype: 'INT32', shape: [1, 2] }] }))).load();
    const seen = new Set<string>();
    let stop = false;
    const clients = Array.from({ length: 6 }, async () => {
      while (!stop) seen.add(numbersOf(await pool.execute(callOf({ x: fp32([1, 3], [1, 2, 3]) }), never), 'y').join());
    });
    await pool.resize(3);
    expect(pool.state()).toMatchObject({ size: 3, starting: 0 });
    await waitUntil('work on three executors', () => seen.size === 3);
    await pool.resize(1);
    expect(pool.state()).toMatchObject({ size: 1, replacedTotal: 0 });
    expect(pool.free() + pool.busy()).toBe(1);
    stop = true;
    await Promise.all(clients);
  });

  it('shows executors only the allowed part of the environment', async () => {
    await (await open(functionStage('environment', { isolation, outputs: [{ name: 'text', datatype: 'BYTES', shape: [1] }] }))).load();
    const outputs = await pool.execute(callOf({ x: fp32([1, 3], [1, 2, 3]) }), never);
    const text = new TextDecoder().decode((outputs['text'] as { bytes: Uint8Array }).bytes);
    expect(text).toContain('PATH');
    expect(text).not.toContain('DATABASE_PASSWORD');
  });

  it('ends every call at unload, the running and the waiting', async () => {
    await (await acting(1)).load();
    const calls = [failure(act({ do: 'hang' })), failure(act({}))];
    const unloaded = pool.unload();
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'SHUTTING_DOWN' });
    await unloaded;
    expect(clock.pendingTimers).toBe(0);
  });

  it('kills at unload what does not end by itself within the grace time', async () => {
    await (await acting(1, { unloadGraceMs: 500 })).load();
    const spinning = failure(act({ do: 'spin' }));
    const unloaded = pool.unload();
    expect(await spinning).toMatchObject({ code: 'SHUTTING_DOWN' });
    clock.advance(500);
    await unloaded;
  });
}
