import { describe, expect, it } from '@jest/globals';
import { LoadRecorder } from './recorder.ts';

describe('a load recorder', () => {
  it('keeps percentiles to three digits', () => {
    const recorder = new LoadRecorder();
    for (let ms = 1; ms <= 1000; ms++) recorder.finished('ok', ms);
    const { p50, p90, p99, p999, max, mean } = recorder.latencySummary();
    for (const [got, wanted] of [[p50, 500], [p90, 900], [p99, 990], [p999, 999], [max, 1000], [mean, 500.5]] as const) {
      expect(Math.abs(got - wanted) / wanted).toBeLessThan(0.001);
    }
  });

  it('counts every ending under its code, and latencies of answers only', () => {
    const recorder = new LoadRecorder();
    recorder.finished('ok', 10);
    recorder.finished('OVERLOADED', 9000);
    recorder.finished('OVERLOADED', 9000);
    expect(Object.fromEntries(recorder.endings)).toEqual({ ok: 1, OVERLOADED: 2 });
    expect(recorder.ok).toBe(1);
    expect(recorder.latencySummary().max).toBeCloseTo(10, 1);
  });

  it('says zero where nothing was recorded', () => {
    expect(new LoadRecorder().latencySummary()).toEqual({ p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 });
  });

  it('takes what is below a microsecond or above ten minutes as these', () => {
    const recorder = new LoadRecorder();
    recorder.sentLate(0);
    recorder.sentLate(3_600_000);
    expect(recorder.latenessSummary().p50).toBeCloseTo(0.001, 6);
    expect(Math.abs(recorder.latenessSummary().max - 600_000) / 600_000).toBeLessThan(0.001);
  });
});
