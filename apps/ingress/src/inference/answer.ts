import { AppError, fromErrorInfo, toAppError } from '#common/errors';
import { isByReference } from '#common/envelope';
import type { Outcome, ResultOutcome } from '#common/envelope';
import type { InferResponse, Tensor } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import type { AcceptRecord } from '#common/ports';
import type { Failed, Succeeded } from './infer-call.ts';

export interface AnsweredRequest {
  readonly record: Omit<AcceptRecord, 'entry'>;
  readonly pipeline: CompiledPipeline;
  readonly totalMs: number;
}

/** The outcome of a request as its caller gets it. */
export function answerOf(outcome: Outcome, { record, pipeline, totalMs }: AnsweredRequest): Succeeded | Failed {
  const base = { requestId: record.requestId, pipeline: pipeline.name, totalMs, timings: outcome.timings };
  if (outcome.kind !== 'result') return { ...base, state: 'failed', error: fromErrorInfo(outcome.error) };
  try {
    return { ...base, state: 'succeeded', response: bindOutputs(outcome, { record, pipeline }) };
  } catch (error) {
    return { ...base, state: 'failed', error: toAppError(error) };
  }
}

function bindOutputs(outcome: ResultOutcome, { record, pipeline }: Pick<AnsweredRequest, 'record' | 'pipeline'>): InferResponse {
  const outputs: Record<string, Tensor> = {};
  for (const output of pipeline.outputs) {
    const { stage, tensor: name } = output.from;
    const part = outcome.tensors.find((candidate) => candidate.stage === stage && candidate.name === name);
    if (part === undefined) throw new AppError('INTERNAL', `The outcome of request ${record.requestId} lacks the output "${output.name}".`);
    if (isByReference(part.tensor)) throw new AppError('PAYLOAD_LOST', `Output "${output.name}" of request ${record.requestId} is stored by reference, which this server cannot read.`);
    outputs[output.name] = part.tensor;
  }
  const id = record.clientId === undefined ? {} : { id: record.clientId };
  return { pipeline: pipeline.name, version: pipeline.version, ...id, outputs };
}
