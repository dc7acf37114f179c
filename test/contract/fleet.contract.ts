import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Fleet, WorkerReport } from '#common/ports';

/** A Fleet under test, empty. */
export interface FleetUnderTest {
  readonly fleet: Fleet;
  /** Another process's view of the same store, or the same one where there can be no other. */
  readonly elsewhere: Fleet;
  /** How old a report may be. */
  readonly freshForMs: number;
  nowMs(): number;
  passTime(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface FleetContractOptions {
  open(): Promise<FleetUnderTest>;
}

/** What every Fleet promises. */
export function fleetContract(name: string, options: FleetContractOptions): void {
  describe(`Fleet contract: ${name}`, () => {
    let under: FleetUnderTest;
    let fleet: Fleet;

    beforeEach(async () => {
      under = await options.open();
      fleet = under.fleet;
    });

    afterEach(() => under.close());

    const report = (workerId: string, overrides: Partial<WorkerReport> = {}): WorkerReport => ({
      workerId,
      pipeline: 'digits',
      version: '0123456789abcdef',
      stage: 'net',
      state: 'ready',
      executors: 2,
      executorsBusy: 1,
      inHand: 3,
      executedTotal: 100,
      failedTotal: 1,
      computeSecondsTotal: 12.5,
      atMs: under.nowMs(),
      ...overrides,
    });
    const byId = async (from = under.elsewhere): Promise<WorkerReport[]> => [...(await from.workers())].sort((a, b) => a.workerId.localeCompare(b.workerId));

    it('knows nobody at first', async () => {
      expect(await fleet.workers()).toEqual([]);
    });

    it('shows what each worker said of itself, whole', async () => {
      const [a, b] = [report('a'), report('b', { state: 'failed', reason: 'no model', stage: 'scale' })];
      await fleet.report(a);
      await under.elsewhere.report(b);
      expect(await byId()).toEqual([a, b]);
    });

    it("replaces a worker's last report", async () => {
      await fleet.report(report('a', { state: 'failed', reason: 'no model' }));
      const ready = report('a', { executedTotal: 101 });
      await fleet.report(ready);
      expect(await byId()).toEqual([ready]);
    });

    it('forgets a worker that withdrew, and no other', async () => {
      await fleet.report(report('a'));
      await fleet.report(report('b'));
      await fleet.withdraw('a');
      await fleet.withdraw('never there');
      expect((await byId()).map(({ workerId }) => workerId)).toEqual(['b']);
    });

    it('takes a worker that withdrew back when it reports again', async () => {
      await fleet.report(report('a'));
      await fleet.withdraw('a');
      await fleet.report(report('a'));
      expect(await byId()).toHaveLength(1);
    });

    it('drops reports that grew old, one by one', async () => {
      await fleet.report(report('a'));
      await under.passTime(under.freshForMs / 2);
      await fleet.report(report('b'));
      expect(await byId()).toHaveLength(2);
      await under.passTime(under.freshForMs / 2 + 50);
      expect((await byId()).map(({ workerId }) => workerId)).toEqual(['b']);
      await under.passTime(under.freshForMs);
      expect(await byId()).toEqual([]);
    });

    it('keeps a worker that goes on reporting', async () => {
      for (let beat = 0; beat < 5; beat++) {
        await fleet.report(report('a', { executedTotal: beat }));
        await under.passTime(under.freshForMs * 0.7);
      }
      expect(await byId()).toMatchObject([{ workerId: 'a', executedTotal: 4 }]);
    });
  });
}
