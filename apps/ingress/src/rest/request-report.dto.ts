import type { RequestReport, StageReport } from '../inference/index.ts';

/** A request as `/v2/requests/<id>` shows it; times as ISO text, durations in milliseconds. */
export function requestReportJson({ view, stages }: RequestReport): Readonly<Record<string, unknown>> {
  const { record, state, outcome } = view;
  const self = `/v2/requests/${record.requestId}`;
  const error = outcome === undefined || outcome.kind === 'result' ? undefined : outcome.error;
  return {
    id: record.requestId,
    client_id: record.clientId,
    state,
    pipeline: record.pipeline,
    version: record.version,
    mode: record.mode,
    accepted_at: iso(record.acceptedAtMs),
    deadline: iso(record.deadlineMs),
    ended_at: outcome === undefined ? undefined : iso(outcome.atMs),
    duration_ms: outcome === undefined ? undefined : outcome.atMs - record.acceptedAtMs,
    keep_until: iso(record.keepUntilMs),
    stages: stages.map(stageJson),
    error: error?.message,
    code: error?.code,
    stage: error?.stage,
    reason: error?.reason,
    retryable: error?.retryable,
    links: { self, result: `${self}/result`, pipeline: `/v2/models/${record.pipeline}` },
  };
}

function stageJson({ stage, state, timings }: StageReport): Readonly<Record<string, unknown>> {
  const executions = timings.map(({ attempt, queueMs, batchMs, computeMs, batchRows }) => ({
    attempt, queue_ms: queueMs, batch_ms: batchMs, compute_ms: computeMs, batch_rows: batchRows,
  }));
  return { name: stage, state, ...(executions.length === 0 ? {} : { executions }) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
