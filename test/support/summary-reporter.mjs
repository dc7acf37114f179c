import { writeFileSync } from 'node:fs';

import { countResults, formatCount, formatSkipped } from './summary-count.mjs';

/**
 * Jest reporter that counts what really ran: names every skipped test and prints `N passed, N failed[, N skipped]`.
 * `npm test` sets MILLRACE_TEST_COUNT_FILE; the lines then go to that file, and the script prints them after Jest has exited,
 * because Jest itself may still warn about open handles after its last reporter.
 */
export default class SummaryReporter {
  #nothingRan = false;

  /** Called by Jest once, after every suite has ended. */
  onRunComplete(_contexts, results) {
    const count = countResults(results.testResults);
    this.#nothingRan = count.passed + count.failed === 0;
    if (this.#nothingRan) count.failed = 1;
    const text = [...formatSkipped(results.testResults), formatCount(count)].join('\n') + '\n';
    const file = process.env.MILLRACE_TEST_COUNT_FILE;
    if (file) writeFileSync(file, text);
    else process.stdout.write(text);
  }

  /** Asked by Jest before it decides on its exit code: a run without a test is a failure. */
  getLastError() {
    return this.#nothingRan ? new Error('No test ran.') : undefined;
  }
}
