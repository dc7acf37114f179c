/** Types of summary-count.mjs, which stays plain JavaScript because Jest loads its reporters untransformed. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** The fields of Jest's per-suite result that are counted. */
export interface SuiteResult {
  numPassingTests: number;
  numFailingTests: number;
  numPendingTests: number;
  numTodoTests: number;
  failureMessage?: string | null;
  testExecError?: unknown;
  testResults: readonly { status: string; fullName: string }[];
}

export function countResults(suites: readonly SuiteResult[]): Count;
export function formatCount(count: Count): string;
export function formatSkipped(suites: readonly SuiteResult[]): string[];
