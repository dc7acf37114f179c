import { describe, expect, it } from '@jest/globals';
import { staticPolicy } from './static.ts';

const sample = { pipeline: 'digits', stage: 'net', backlog: 0, executorsBusy: 0 };
const bounds = { minimum: 1, maximum: 2 };

describe('the static policy', () => {
  it.each([
    ['holds the size of the file when the fleet is silent', undefined, 'the fleet did not say'],
    ['holds the size of the file when it runs', 2, 'holds 2'],
    ['asks for the size of the file when fewer are ready', 1, '1 are ready'],
  ])('%s', (_title, executors, words) => {
    const decision = staticPolicy({ ...sample, executors }, bounds);
    expect(decision.desired).toBe(2);
    expect(decision.reason).toContain(words);
  });
});
