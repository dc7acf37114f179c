import type { Outcome } from '../envelope/index.ts';
import type { AnswerForm } from '../inference/index.ts';
import type { CompiledOutput } from '../pipeline/index.ts';
import type { BusRecord } from './bus.port.ts';

/** The durable accept record of a request, written before anything of it is published. */
export interface AcceptRecord {
  readonly requestId: string;
  readonly tenant: string;
  readonly pipeline: string;
  readonly version: string;
  readonly mode: 'sync' | 'async';
  readonly acceptedAtMs: number;
  readonly deadlineMs: number;
  /** The result is kept until then; a bodiless terminal mark outlives it. */
  readonly keepUntilMs: number;
  /** The client's own label, echoed. */
  readonly clientId?: string;
  /** Which outputs were asked for and in which form, for an answer that is fetched later. */
  readonly answerForm?: AnswerForm;
  /** Where the outputs come from in the version the request runs on: an answer that is fetched later does not need that version any more. */
  readonly outputs?: readonly Pick<CompiledOutput, 'name' | 'from'>[];
  /** The first hops. An engine whose hops are volatile keeps them and publishes them again after a restart; a durable bus ignores them. */
  readonly entry: readonly BusRecord[];
}

export type RequestState = 'queued' | 'running' | 'succeeded' | 'failed' | 'expired' | 'cancelled';

/** What is known of a request; `outcome` is absent until it ends and after its result expired. */
export interface RequestView {
  readonly record: Omit<AcceptRecord, 'entry'>;
  readonly state: RequestState;
  readonly outcome?: Outcome;
  /** Stages that have finished, in the order they did (best effort). */
  readonly stagesDone: readonly string[];
}

export interface Completion {
  /** True for the call whose outcome is the request's outcome. */
  readonly won: boolean;
  /** The outcome that holds: this one, or the one that was first. Undefined when its body has expired. */
  readonly winner: Outcome | undefined;
}

/**
 * Accept records, outcomes and the way an outcome finds its waiting caller. Called by the ingress (accept, wait, peek, complete on deadline
 * or cancel) and by workers (complete, progress, hasEnded).
 */
export interface Replies {
  /** Durable when it resolves. First write wins: `false` means the id was accepted before. Rejects with STORE_UNAVAILABLE (nothing accepted). */
  accept(record: AcceptRecord): Promise<boolean>;
  /** Registers at once (synchronously: call before publish); resolves with the outcome whoever writes it, at once when it is there already. Rejects
   *  when `signal` aborts (with its reason), with REQUEST_EXPIRED when the result is gone, or with STORE_UNAVAILABLE when the store stays away.
   *  An id not accepted yet is waited for. The caller owns the deadline: it completes with a deadline outcome and shows the winner. */
  wait(requestId: string, signal: AbortSignal): Promise<Outcome>;
  /** Stores the outcome durably, then wakes every waiter. First write wins; an unknown or purged id is treated as ended. The request's payloads are
   *  dropped with it, unless the outcome refers to some. Rejects with STORE_UNAVAILABLE (try again; same outcome = same winner). */
  complete(requestId: string, outcome: Outcome): Promise<Completion>;
  /** Undefined = no such request (or its mark is gone). */
  peek(requestId: string): Promise<RequestView | undefined>;
  /** Best effort, never waits, never throws: a stage of the request finished. */
  progress(requestId: string, stage: string): void;
  /** Best effort, from memory: the request is known here to have an outcome already, so its work can be dropped. */
  hasEnded(requestId: string): boolean;
  /** Requests whose deadline is at or before `nowMs` without an outcome, earliest deadline first; the sweeper of each ingress ends them. */
  overdue(nowMs: number, limit: number): Promise<readonly Omit<AcceptRecord, 'entry'>[]>;
}
