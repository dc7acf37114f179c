/**
 * A suite that could not run (an import error, no test in it, a failing hook outside a test) counts as one failed test:
 * Jest reports no test for it, so counting tests alone would lose it.
 * @param {readonly import('./summary-count.d.mts').SuiteResult[]} suites
 * @returns {import('./summary-count.d.mts').Count}
 */
export function countResults(suites) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    count.passed += suite.numPassingTests;
    count.failed += suite.numFailingTests + (isBroken(suite) ? 1 : 0);
    count.skipped += suite.numPendingTests + suite.numTodoTests;
  }
  return count;
}

/** The line that ends a run, `, N skipped` only when there are any. @param {import('./summary-count.d.mts').Count} count */
export function formatCount({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * One line for each skipped test. The reason is what its title, or that of a describe around it, says as `(skipped: reason)`.
 * @param {readonly import('./summary-count.d.mts').SuiteResult[]} suites
 * @returns {string[]}
 */
export function formatSkipped(suites) {
  return suites.flatMap((suite) =>
    suite.testResults.filter((test) => test.status === 'pending' || test.status === 'todo').map((test) => skippedLine(test.fullName)),
  );
}

function isBroken(suite) {
  return suite.testExecError != null || (suite.failureMessage != null && suite.numFailingTests === 0);
}

function skippedLine(title) {
  const reason = /\s*\(skipped: ([^)]+)\)/.exec(title);
  return reason ? `skipped: ${title.replace(reason[0], '')}: ${reason[1]}` : `skipped: ${title}: no reason given`;
}
