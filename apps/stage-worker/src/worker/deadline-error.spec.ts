import { expect, it } from '@jest/globals';
import type { StageTiming } from '#common/envelope';
import { deadlineError } from './deadline-error.ts';

const here: StageTiming = { stage: 'net', attempt: 1, queueMs: 121.4, batchMs: 17.6, computeMs: 0, batchRows: 0 };

function message(timings: readonly StageTiming[], elapsedMs: number): string {
  return deadlineError({ stage: 'net', before: 'compute', acceptedAtMs: 1_000, deadlineMs: 1_150, nowMs: 1_000 + elapsedMs, timings }).message;
}

it('names the stage and where the time went', () => {
  expect(message([here], 150)).toBe('stage "net" had 0 of 150 ms left before compute: queue 121 ms, batch wait 18 ms, transport 11 ms. Longest: "net" queue 121 ms.');
});

it('adds up the stages before it and names the one that ate most', () => {
  const before: StageTiming = { stage: 'detect', attempt: 1, queueMs: 1, batchMs: 2, computeMs: 300, batchRows: 1 };
  expect(message([before, here], 450)).toContain('queue 122 ms, batch wait 20 ms, compute 300 ms, transport 8 ms. Longest: "detect" compute 300 ms.');
});

it('never tells of negative transport when branches ran side by side', () => {
  expect(message([here, here], 150)).toContain('transport 0 ms');
});
