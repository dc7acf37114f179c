import { AppError } from '#common/errors';
import type { StageTiming } from '#common/envelope';
import type { AnswerForm } from '#common/inference';
import type { ClaimChecks } from '#common/payloads';
import type { Clock, Replies, RequestView } from '#common/ports';
import { answerOf } from './answer.ts';
import type { AnsweredRequest } from './answer.ts';
import { cancelledOutcome } from './ending.ts';
import type { Failed, Succeeded } from './infer-call.ts';
import type { PipelineDirectory } from './pipeline-directory.ts';
import { stageProgress } from './stage-progress.ts';
import type { StageState } from './stage-progress.ts';

export interface RequestsPorts {
  readonly replies: Replies;
  readonly claims: ClaimChecks;
  readonly directory: PipelineDirectory;
  readonly clock: Clock;
}

export interface StageReport {
  readonly stage: string;
  /** `not-run`: the request ended before the stage did. */
  readonly state: StageState | 'not-run';
  /** One entry per execution, known once the request has ended. */
  readonly timings: readonly StageTiming[];
}

export interface RequestReport {
  readonly view: RequestView;
  readonly stages: readonly StageReport[];
}

/** A finished request's answer, and the form its caller asked for when it was sent. */
export interface StoredAnswer {
  readonly answer: Succeeded | Failed;
  readonly form: AnswerForm;
}

const ASK_AGAIN_MS = 1000;

/** Looks into requests by id, and ends them on demand. Rejections: REQUEST_NOT_FOUND, STORE_UNAVAILABLE, and what each method names. */
export class RequestsService {
  private readonly ports: RequestsPorts;

  constructor(ports: RequestsPorts) {
    this.ports = ports;
  }

  async report(requestId: string): Promise<RequestReport> {
    const view = await this.peek(requestId);
    return { view, stages: this.stages(view) };
  }

  /** The answer as its caller would have got it. Rejects with RESULT_NOT_READY while the request runs, REQUEST_EXPIRED when the result is gone, VERSION_GONE. */
  async result(requestId: string): Promise<StoredAnswer> {
    const { record, state, outcome } = await this.peek(requestId);
    if (state === 'queued' || state === 'running') {
      throw new AppError('RESULT_NOT_READY', `Request ${requestId} is ${state}. Ask again later, at the latest after its deadline.`, { retryAfterMs: ASK_AGAIN_MS });
    }
    if (outcome === undefined) throw new AppError('REQUEST_EXPIRED', `Request ${requestId} ended (${state}), but its result was kept only until ${new Date(record.keepUntilMs).toISOString()}.`);
    const outputs = outcome.kind === 'result' ? this.outputsOf(record) : [];
    const answer = await answerOf(outcome, { record, outputs, totalMs: outcome.atMs - record.acceptedAtMs, claims: this.ports.claims });
    return { answer, form: record.answerForm ?? {} };
  }

  /** Ends the request unless it has ended; shows how it stands then. */
  async cancel(requestId: string): Promise<RequestReport> {
    await this.peek(requestId);
    await this.ports.replies.complete(requestId, cancelledOutcome('The request was cancelled by its owner.', this.ports.clock.clusterNow()));
    return this.report(requestId);
  }

  /** An asynchronous request keeps them, so that its result outlives its pipeline. */
  private outputsOf(record: RequestView['record']): AnsweredRequest['outputs'] {
    const outputs = record.outputs ?? this.ports.directory.findVersion(record)?.outputs;
    if (outputs !== undefined) return outputs;
    throw new AppError('VERSION_GONE', `Request ${record.requestId} ran on version ${record.version} of pipeline "${record.pipeline}", which is no longer loaded.`);
  }

  private async peek(requestId: string): Promise<RequestView> {
    const view = await this.ports.replies.peek(requestId);
    if (view === undefined) throw new AppError('REQUEST_NOT_FOUND', `There is no request "${requestId.slice(0, 64)}" (any more).`);
    return view;
  }

  private stages(view: RequestView): readonly StageReport[] {
    const timings = view.outcome?.timings ?? [];
    const done = [...new Set([...view.stagesDone, ...timings.map((timing) => timing.stage)])];
    const pipeline = this.ports.directory.findVersion(view.record);
    if (pipeline === undefined) return done.map((stage) => ({ stage, state: 'done', timings: timings.filter((timing) => timing.stage === stage) }));
    const ended = view.state !== 'queued' && view.state !== 'running';
    return stageProgress(pipeline, done).map(({ stage, state }) => ({
      stage,
      state: ended && state !== 'done' ? 'not-run' : state,
      timings: timings.filter((timing) => timing.stage === stage),
    }));
  }
}
