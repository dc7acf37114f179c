import { describe, expect, it } from '@jest/globals';
import { constantArrivals } from './arrivals.ts';
import { LoadRecorder } from './recorder.ts';
import { runClosedLoop, runOpenLoop } from './run-load.ts';
import type { LoadTarget } from './run-load.ts';

/** A clock that moves only when somebody sleeps or a request is served. */
class ManualTime {
  nowMs = 1000;
  readonly now = (): number => this.nowMs;
  readonly sleep = async (ms: number): Promise<void> => {
    this.nowMs += ms;
  };
}

function targetOver(time: ManualTime, send: LoadTarget['send'], signal = new AbortController().signal): LoadTarget & { readonly recorder: LoadRecorder } {
  return { send, recorder: new LoadRecorder(), now: time.now, signal };
}

describe('an open loop', () => {
  it('sends at the intended times when nothing stands in the way', async () => {
    const time = new ManualTime();
    const sentAt: number[] = [];
    const target = targetOver(time, async () => {
      sentAt.push(time.nowMs);
      return 'ok';
    });
    await runOpenLoop(target, { arrivals: constantArrivals({ ratePerSecond: 10, durationMs: 500, seed: 1 }), sleep: time.sleep });
    expect(sentAt).toEqual([1000, 1100, 1200, 1300, 1400]);
    expect(target.recorder.ok).toBe(5);
    expect(target.recorder.latenessSummary().max).toBeLessThan(0.01);
  });

  it('counts latency from the intended time, so that a stall is not hidden', async () => {
    const time = new ManualTime();
    let calls = 0;
    // The first send holds the whole process for 400 ms: the four after it are sent late, at once.
    const target = targetOver(time, async () => {
      if (calls++ === 0) time.nowMs += 400;
      return 'ok';
    });
    await runOpenLoop(target, { arrivals: constantArrivals({ ratePerSecond: 10, durationMs: 500, seed: 1 }), sleep: time.sleep });
    expect(target.recorder.latencySummary().max).toBeGreaterThanOrEqual(399);
    // Late by 400 - 100, 400 - 200, 400 - 300 and 0 ms.
    expect(target.recorder.latenessSummary().max).toBeCloseTo(300, -1);
    expect(target.recorder.latencySummary().mean).toBeGreaterThan(150);
  });

  it('goes on sending while earlier requests have no answer, and waits for all at the end', async () => {
    const time = new ManualTime();
    const answers: (() => void)[] = [];
    const target = targetOver(time, () => new Promise((resolve) => void answers.push(() => resolve('ok'))));
    const run = runOpenLoop(target, { arrivals: constantArrivals({ ratePerSecond: 10, durationMs: 300, seed: 1 }), sleep: time.sleep });
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(answers).toHaveLength(3);
    expect(target.recorder.ok).toBe(0);
    for (const answer of answers) answer();
    await run;
    expect(target.recorder.ok).toBe(3);
  });

  it('stops sending when it is interrupted', async () => {
    const time = new ManualTime();
    const stop = new AbortController();
    const target = targetOver(time, async () => {
      stop.abort();
      return 'ok';
    }, stop.signal);
    await runOpenLoop(target, { arrivals: constantArrivals({ ratePerSecond: 10, durationMs: 1000, seed: 1 }), sleep: time.sleep });
    expect(target.recorder.ok).toBe(1);
  });
});

describe('a closed loop', () => {
  it('keeps as many requests in flight as asked for, until the time is over', async () => {
    const time = new ManualTime();
    let inFlight = 0;
    let most = 0;
    const target = targetOver(time, async () => {
      most = Math.max(most, ++inFlight);
      await Promise.resolve();
      time.nowMs += 10;
      inFlight--;
      return 'ok';
    });
    await runClosedLoop(target, { concurrency: 4, durationMs: 200 });
    expect(most).toBe(4);
    // 20 answers fill 200 ms of this clock; the other three callers finish what they had begun.
    expect(target.recorder.ok).toBeGreaterThanOrEqual(20);
    expect(target.recorder.ok).toBeLessThanOrEqual(23);
  });

  it('records how each request ended', async () => {
    const time = new ManualTime();
    let calls = 0;
    const target = targetOver(time, async () => {
      time.nowMs += 50;
      return calls++ % 2 === 0 ? 'ok' : 'OVERLOADED';
    });
    await runClosedLoop(target, { concurrency: 1, durationMs: 200 });
    expect(Object.fromEntries(target.recorder.endings)).toEqual({ ok: 2, OVERLOADED: 2 });
  });
});
