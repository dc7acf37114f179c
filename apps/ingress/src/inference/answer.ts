import { AppError, fromErrorInfo, toAppError } from '#common/errors';
import { isByReference } from '#common/envelope';
import type { Outcome, ResultOutcome } from '#common/envelope';
import type { InferResponse, Tensor } from '#common/inference';
import type { CompiledOutput } from '#common/pipeline';
import type { AcceptRecord } from '#common/ports';
import type { Failed, Succeeded } from './infer-call.ts';

export interface AnsweredRequest {
  readonly record: Omit<AcceptRecord, 'entry'>;
  /** Where the pipeline's outputs come from, in the version the request ran on. Empty will do for one that failed. */
  readonly outputs: readonly Pick<CompiledOutput, 'name' | 'from'>[];
  readonly totalMs: number;
}

/** The outcome of a request as its caller gets it. */
export function answerOf(outcome: Outcome, { record, outputs, totalMs }: AnsweredRequest): Succeeded | Failed {
  const base = { requestId: record.requestId, pipeline: record.pipeline, totalMs, timings: outcome.timings };
  if (outcome.kind !== 'result') return { ...base, state: 'failed', error: fromErrorInfo(outcome.error) };
  try {
    return { ...base, state: 'succeeded', response: bindOutputs(outcome, { record, outputs }) };
  } catch (error) {
    return { ...base, state: 'failed', error: toAppError(error) };
  }
}

function bindOutputs(outcome: ResultOutcome, { record, outputs }: Pick<AnsweredRequest, 'record' | 'outputs'>): InferResponse {
  const bound: Record<string, Tensor> = {};
  for (const { name, from } of outputs) {
    const part = outcome.tensors.find((candidate) => candidate.stage === from.stage && candidate.name === from.tensor);
    if (part === undefined) throw new AppError('INTERNAL', `The outcome of request ${record.requestId} lacks the output "${name}".`);
    if (isByReference(part.tensor)) throw new AppError('PAYLOAD_LOST', `Output "${name}" of request ${record.requestId} is stored by reference, which this server cannot read.`);
    bound[name] = part.tensor;
  }
  const id = record.clientId === undefined ? {} : { id: record.clientId };
  return { pipeline: record.pipeline, version: record.version, ...id, outputs: bound };
}
