import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { KeptLog } from '../../../../test/support/stages.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { StageSupervisor } from './stage-supervisor.ts';

class ScriptedWorker {
  stopped = 0;
  readonly #loads: boolean;
  readonly fail: () => void;

  constructor(loads: boolean, fail: () => void) {
    this.#loads = loads;
    this.fail = fail;
  }

  async start(): Promise<void> {
    if (this.#loads) return;
    this.fail();
    throw new Error('no such model');
  }

  drain(): Promise<void> {
    return this.stop();
  }

  async stop(): Promise<void> {
    this.stopped += 1;
  }
}

describe('the supervisor of a stage', () => {
  let clock: FakeClock;
  let log: KeptLog;
  let workers: ScriptedWorker[];
  beforeEach(() => {
    clock = new FakeClock();
    log = new KeptLog();
    workers = [];
  });

  /** Workers that load or not, in this order; all after them do. */
  async function supervise(...loads: boolean[]): Promise<StageSupervisor> {
    const make = async (onFailed: () => void): Promise<ScriptedWorker> => {
      const worker = new ScriptedWorker(loads[workers.length] ?? true, onFailed);
      workers.push(worker);
      return worker;
    };
    const supervisor = new StageSupervisor({ name: 'digits/net', make, clock, log });
    await supervisor.prepare();
    return supervisor;
  }

  it('tells why the first worker did not load, and replaces it until one does', async () => {
    const supervisor = await supervise(false, false);
    await expect(supervisor.start()).rejects.toThrow('no such model');
    clock.advance(1_999);
    expect(workers).toHaveLength(1);
    clock.advance(1);
    await waitUntil('the second to have failed', () => workers.length === 2 && clock.pendingTimers === 1);
    clock.advance(3_999);
    expect(workers).toHaveLength(2);
    clock.advance(1);
    await waitUntil('the third to serve', () => log.entries.some(({ message }) => message.includes('digits/net is served again')));
    expect(workers.map(({ stopped }) => stopped)).toEqual([1, 1, 0]);
  });

  it('replaces a worker that fails while it serves', async () => {
    const supervisor = await supervise();
    await supervisor.start();
    workers[0]?.fail();
    clock.advance(2_000);
    await waitUntil('the next one', () => workers.length === 2 && log.entries.length === 1);
    expect(workers.map(({ stopped }) => stopped)).toEqual([1, 0]);
  });

  it.each(['drain', 'stop'] as const)('makes none any more after %s', async (end) => {
    const supervisor = await supervise(false);
    await expect(supervisor.start()).rejects.toThrow();
    await supervisor[end](0);
    expect(clock.pendingTimers).toBe(0);
    expect(workers.map(({ stopped }) => stopped)).toEqual([1]);
    workers[0]?.fail();
    expect(clock.pendingTimers).toBe(0);
  });
});
