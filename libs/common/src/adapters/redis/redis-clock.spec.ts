import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../../test/support/fake-clock.ts';
import { RedisClock } from './redis-clock.ts';

const REDIS_EPOCH = 1_800_000_000_000;

/** Redis' clock runs with the local one, from a start of its own; each answer takes so long there and back. */
function clocks(roundTripsMs: number[] = []): { local: FakeClock; clock: RedisClock; setRedis: (aheadMs: number) => void } {
  const local = new FakeClock();
  let aheadMs = 0;
  const askTime = async (): Promise<number> => {
    const [there, back] = [roundTripsMs.shift() ?? 0, roundTripsMs.shift() ?? 0];
    local.advance(there);
    const time = REDIS_EPOCH + local.now() + aheadMs;
    local.advance(back);
    return time;
  };
  return { local, clock: new RedisClock(local, askTime), setRedis: (ms) => (aheadMs = ms) };
}

describe('RedisClock', () => {
  it("shows this machine's time until it has asked Redis once", async () => {
    const { local, clock } = clocks();
    expect(clock.clusterNow()).toBe(local.clusterNow());
    await clock.sync();
    expect(clock.clusterNow()).toBe(REDIS_EPOCH);
    local.advance(1234);
    expect(clock.clusterNow()).toBe(REDIS_EPOCH + 1234);
  });

  it('takes the sample with the shortest way, half of it there and half of it back', async () => {
    // There and back: 40+0, 2+2, 0+90, 30+0, 0+30: only the second is even, and it is the shortest.
    const { local, clock } = clocks([40, 0, 2, 2, 0, 90, 30, 0, 0, 30]);
    await clock.sync();
    expect(clock.clusterNow()).toBe(REDIS_EPOCH + local.now());
  });

  it.each([120_000, -120_000])('approaches a Redis clock that was set %d ms ahead, without a step and never backwards', async (aheadMs) => {
    const { local, clock, setRedis } = clocks();
    await clock.sync();
    setRedis(aheadMs);
    await clock.sync();
    let before = clock.clusterNow();
    expect(before).toBe(REDIS_EPOCH);
    for (let second = 0; second < 300; second++) {
      local.advance(1000);
      const passed = clock.clusterNow() - before;
      expect(passed).toBeGreaterThanOrEqual(499);
      expect(passed).toBeLessThanOrEqual(1501);
      before += passed;
    }
    expect(clock.clusterNow()).toBe(REDIS_EPOCH + local.now() + aheadMs);
  });

  it("knows Redis' own time at once, for what Redis compares with its clock", async () => {
    const { clock, setRedis } = clocks();
    await clock.sync();
    setRedis(5_000);
    await clock.sync();
    expect(clock.storeNow()).toBe(REDIS_EPOCH + 5_000);
  });

  it('keeps the last offset while Redis is away', async () => {
    const local = new FakeClock();
    let away = false;
    const clock = new RedisClock(local, async () => {
      if (away) throw new Error('away');
      return REDIS_EPOCH + local.now();
    });
    await clock.sync();
    away = true;
    local.advance(10_000);
    await expect(clock.sync()).rejects.toThrow('away');
    expect(clock.clusterNow()).toBe(REDIS_EPOCH + 10_000);
  });
});
