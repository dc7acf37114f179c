import { AppError, fromErrorInfo, isAppError, toAppError } from '#common/errors';
import { isByReference } from '#common/envelope';
import type { Outcome, ResultOutcome } from '#common/envelope';
import type { InferResponse, Tensor } from '#common/inference';
import type { CompiledOutput } from '#common/pipeline';
import type { ClaimChecks } from '#common/payloads';
import type { AcceptRecord } from '#common/ports';
import type { Failed, Succeeded } from './infer-call.ts';

export interface AnsweredRequest {
  readonly record: Omit<AcceptRecord, 'entry'>;
  /** Where the pipeline's outputs come from, in the version the request ran on. Empty will do for one that failed. */
  readonly outputs: readonly Pick<CompiledOutput, 'name' | 'from'>[];
  readonly totalMs: number;
  /** Reads what the outcome refers to. */
  readonly claims: ClaimChecks;
}

/** The outcome of a request as its caller gets it. Rejects with STORE_UNAVAILABLE when a part of it cannot be read now. */
export async function answerOf(outcome: Outcome, { record, outputs, totalMs, claims }: AnsweredRequest): Promise<Succeeded | Failed> {
  const base = { requestId: record.requestId, pipeline: record.pipeline, totalMs, timings: outcome.timings };
  if (outcome.kind !== 'result') return { ...base, state: 'failed', error: fromErrorInfo(outcome.error) };
  try {
    const [whole = outcome] = claims.mustFetch([outcome]) ? await claims.fetch([outcome]) : [];
    return { ...base, state: 'succeeded', response: bindOutputs(whole, { record, outputs }) };
  } catch (error) {
    if (isAppError(error) && error.code === 'STORE_UNAVAILABLE') throw error;
    return { ...base, state: 'failed', error: toAppError(error) };
  }
}

function bindOutputs(outcome: ResultOutcome, { record, outputs }: Pick<AnsweredRequest, 'record' | 'outputs'>): InferResponse {
  const bound: Record<string, Tensor> = {};
  for (const { name, from } of outputs) {
    const part = outcome.tensors.find((candidate) => candidate.stage === from.stage && candidate.name === from.tensor);
    if (part === undefined) throw new AppError('INTERNAL', `The outcome of request ${record.requestId} lacks the output "${name}".`);
    if (isByReference(part.tensor)) throw new AppError('INTERNAL', `Output "${name}" of request ${record.requestId} was not read from the payload store.`);
    bound[name] = part.tensor;
  }
  const id = record.clientId === undefined ? {} : { id: record.clientId };
  return { pipeline: record.pipeline, version: record.version, ...id, outputs: bound };
}
