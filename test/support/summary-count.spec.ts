import { describe, expect, it } from '@jest/globals';

import { countResults, formatCount, formatSkipped } from './summary-count.mjs';

const suite = (fields: object) => ({
  numPassingTests: 0,
  numFailingTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  failureMessage: null,
  testResults: [],
  ...fields,
});

describe('the count of a test run', () => {
  it.each([
    ['nothing when no suite ran', [], { passed: 0, failed: 0, skipped: 0 }],
    ['passed and failed tests over all suites', [{ numPassingTests: 3 }, { numPassingTests: 1, numFailingTests: 2, failureMessage: 'x' }], { passed: 4, failed: 2, skipped: 0 }],
    ['a suite that failed to import as one failed test', [{ numPassingTests: 3 }, { testExecError: { message: 'no module' }, failureMessage: 'no module' }], { passed: 3, failed: 1, skipped: 0 }],
    ['a failing hook beside failed tests as one more', [{ numFailingTests: 2, failureMessage: 'x', testExecError: { message: 'afterAll' } }], { passed: 0, failed: 3, skipped: 0 }],
    ['a suite that failed without a failed test or an exec error', [{ numPassingTests: 1, failureMessage: 'x' }], { passed: 1, failed: 1, skipped: 0 }],
    ['pending and todo tests as skipped', [{ numPendingTests: 2, numTodoTests: 1, numPassingTests: 1 }], { passed: 1, failed: 0, skipped: 3 }],
  ])('has %s', (_title, suites, expected) => {
    expect(countResults(suites.map(suite))).toEqual(expected);
  });

  it('mentions skipped tests only when there are any', () => {
    expect(formatCount({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(formatCount({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });

  it('names each skipped test with the reason in its title', () => {
    const testResults = [
      { status: 'pending', fullName: 'bus on kafka (skipped: no broker) keeps order' },
      { status: 'todo', fullName: 'later' },
      { status: 'passed', fullName: 'ran' },
    ];
    expect(formatSkipped([suite({ testResults })])).toEqual(['skipped: bus on kafka keeps order: no broker', 'skipped: later: no reason given']);
  });
});
