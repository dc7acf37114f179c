import { describe, expect, it } from '@jest/globals';
import { SystemRandom } from './system-random.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('SystemRandom', () => {
  it('makes UUIDv7 of the wall clock', () => {
    const id = new SystemRandom(() => 0x0123456789ab).requestId();
    expect(id).toMatch(UUID_V7);
    expect(id.replaceAll('-', '').slice(0, 12)).toBe('0123456789ab');
  });

  it('makes each id greater than the one before, many in one millisecond and when the clock goes back', () => {
    let now = 1_700_000_000_000;
    const random = new SystemRandom(() => now);
    const ids: string[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      if (index === 12_000) now -= 60_000;
      ids.push(random.requestId());
    }
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !UUID_V7.test(id))).toEqual([]);
  });

  it('draws units from 0 up to but not including 1', () => {
    const random = new SystemRandom();
    const units = Array.from({ length: 1000 }, () => random.unit());
    expect(Math.min(...units)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...units)).toBeLessThan(1);
    expect(new Set(units).size).toBeGreaterThan(900);
  });
});
