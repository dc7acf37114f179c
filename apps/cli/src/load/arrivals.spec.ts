import { describe, expect, it } from '@jest/globals';
import { constantArrivals, mulberry32, poissonArrivals } from './arrivals.ts';

describe('constant arrivals', () => {
  it.each([
    { ratePerSecond: 4, durationMs: 1000, count: 4, gapMs: 250 },
    { ratePerSecond: 1000, durationMs: 2500, count: 2500, gapMs: 1 },
    { ratePerSecond: 0.5, durationMs: 10_000, count: 5, gapMs: 2000 },
    { ratePerSecond: 3, durationMs: 100, count: 0, gapMs: 0 },
  ])('sends $count requests at $ratePerSecond/s in $durationMs ms, $gapMs ms apart', ({ ratePerSecond, durationMs, count, gapMs }) => {
    const times = [...constantArrivals({ ratePerSecond, durationMs, seed: 1 })];
    expect(times).toEqual(Array.from({ length: count }, (_, index) => index * gapMs));
  });
});

describe('Poisson arrivals', () => {
  const plan = { ratePerSecond: 200, durationMs: 100_000, seed: 7 };
  const times = [...poissonArrivals(plan)];
  const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));

  it('sends the mean rate, within four standard deviations', () => {
    const expected = (plan.ratePerSecond * plan.durationMs) / 1000;
    expect(Math.abs(times.length - expected)).toBeLessThan(4 * Math.sqrt(expected));
  });

  it('has exponential gaps: as much spread as mean, and a share of e^-1 above the mean', () => {
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(5, 0);
    expect(spread / mean).toBeCloseTo(1, 1);
    expect(gaps.filter((gap) => gap > mean).length / gaps.length).toBeCloseTo(Math.exp(-1), 1);
  });

  it('never goes back in time and ends with the duration', () => {
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    expect(times.at(-1)).toBeLessThan(plan.durationMs);
  });

  it('is the same for the same seed and another for another', () => {
    expect([...poissonArrivals(plan)]).toEqual(times);
    expect([...poissonArrivals({ ...plan, seed: 8 })].slice(0, 10)).not.toEqual(times.slice(0, 10));
  });
});

describe('the seeded generator', () => {
  it('gives the published first values of mulberry32 for seed 0', () => {
    const unit = mulberry32(0);
    expect([unit(), unit(), unit()].map((value) => Math.round(value * 2 ** 32))).toEqual([1_144_304_738, 1_416_247, 958_946_056]);
  });

  it('stays in [0, 1)', () => {
    const unit = mulberry32(123);
    const values = Array.from({ length: 10_000 }, unit);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });
});
