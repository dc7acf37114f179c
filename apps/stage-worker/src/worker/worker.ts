import { toAppError } from '#common/errors';
import type { AppError } from '#common/errors';
import type { Delivery, Fleet, Subscription, WorkerState } from '#common/ports';
import { Batcher } from '../batch/index.ts';
import type { BatchRun } from '../batch/index.ts';
import type { ExecuteOutputs, PooledExecutor } from '../executors/index.ts';
import { Join } from '../join/index.ts';
import { newCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { MOST_IN_HAND, windowFor } from './credits.ts';
import { Emitter } from './emit.ts';
import { Failures } from './failures.ts';
import { FleetReports } from './fleet-reports.ts';
import { InHand } from './in-hand.ts';
import { LapsedJoins } from './lapsed-joins.ts';
import { OwnedClock } from './owned-clock.ts';
import { Persistence } from './persistence.ts';
import { DeliveryProcessor } from './process-delivery.ts';
import type { UnknownVersion } from './process-delivery.ts';
import { RequestEnd } from './request-end.ts';
import { Settler } from './settler.ts';
import type { StageScope } from './stage-scope.ts';
import { timingOf } from './work.ts';
import type { Work } from './work.ts';

/** States of a worker; `stopped` is what the Fleet sees as gone. */
export type StageWorkerState = WorkerState | 'stopped';

export interface StageWorkerOptions {
  readonly scope: StageScope;
  readonly executor: PooledExecutor;
  readonly fleet: Fleet;
  readonly unknownVersion: UnknownVersion;
  /** Told of each change of state, with the reason when it failed. */
  readonly onState?: (state: StageWorkerState, reason: string | undefined) => void;
}

const POLL_EVERY_MS = 100;
const DRAIN_GRACE_MS = 20_000;
/** Parts outlive the deadline by this, so that its outcome can still name them. */
const KEEP_PARTS_MS = 60_000;

// LOADING -> READY -> DRAINING -> STOPPED; any state -> FAILED.
// LOADING: executors load and warm up; no record is taken. READY: takes records up to its window.
// DRAINING: takes no record, finishes what it holds (not what waits for a later time), goes on when nothing is in hand or the grace time ends.
// STOPPED: left the group and unloaded; what was unsettled is delivered to others. FAILED: could not load, or lost its place in the group; it
// takes nothing any more, its executors are unloaded, and it says why until its owner stops it and starts a new one.

/** Works for one stage of one pipeline version: a member of the stage's group, with its own executors. */
export class StageWorker {
  readonly #options: StageWorkerOptions;
  readonly #counters = newCounters();
  readonly #inHand = new InHand();
  readonly #settler: Settler;
  readonly #scope: StageScope;
  readonly #clock: OwnedClock;
  readonly #failures: Failures;
  readonly #emitter: Emitter;
  readonly #deliveries: DeliveryProcessor;
  readonly #batcher: Batcher<Work>;
  readonly #reports: FleetReports;
  readonly #lapsedJoins: LapsedJoins;
  readonly #abort = new AbortController();
  #inbox: Delivery[] = [];
  #isFlushing = false;
  #blocked = 0;
  #state: StageWorkerState = 'loading';
  #reason: string | undefined;
  readonly #subscriptions: Subscription[] = [];
  #whenIdle: (() => void) | undefined;

  constructor(options: StageWorkerOptions) {
    this.#options = options;
    this.#clock = new OwnedClock(options.scope.clock);
    this.#scope = { ...options.scope, clock: this.#clock };
    const scope = this.#scope;
    const { pipeline, stage, joins, topic, answerScope } = scope;
    const [counters, inHand] = [this.#counters, this.#inHand];
    const settler = new Settler(inHand, joins);
    const persistence = new Persistence(scope);
    const end = new RequestEnd(scope, persistence, counters);
    const joinOf = (node: number, name: string): Join => new Join({ pipeline, node, scope: name, joins, keepMs: KEEP_PARTS_MS });
    const join = joinOf(stage.index, topic);
    const answersWithOthers = pipeline.answer.members.length > 1 && pipeline.answer.members.includes(stage.index);
    const answerJoin = answersWithOthers ? joinOf(pipeline.stages.length, answerScope) : undefined;
    const ready = (work: Work, isLater: boolean): void => this.#ready(work, isLater);
    const failures = new Failures({ scope, persistence, end, settler, counters, again: (work) => ready(work, true), onBlocked: (blocked) => this.#block(blocked) });
    const { executor, fleet } = options;
    this.#reports = new FleetReports({ scope: options.scope, fleet, executor, counters, inHand: () => this.inHand });
    this.#settler = settler;
    this.#failures = failures;
    this.#emitter = new Emitter({ scope, persistence, end, settler, failures, answerJoin });
    this.#deliveries = new DeliveryProcessor({ scope, persistence, end, inHand, settler, failures, counters, join, unknownVersion: options.unknownVersion, ready });
    this.#lapsedJoins = new LapsedJoins({ scope, join, answerJoin, deliveries: this.#deliveries, emitter: this.#emitter });
    this.#batcher = new Batcher<Work>({
      stage,
      executor,
      clock: this.#clock,
      signal: this.#abort.signal,
      events: {
        admit: (work) => this.#admit(work),
        executed: (works, outputs, run) => this.#executed(works, outputs, run),
        failed: (works, error, run) => this.#failed(works, error, run),
      },
    });
  }

  get state(): StageWorkerState {
    return this.#state;
  }

  /** Why, when the state is `failed`. */
  get reason(): string | undefined {
    return this.#reason;
  }

  get counters(): Readonly<Counters> {
    return this.#counters;
  }

  /** Records taken and not settled. */
  get inHand(): number {
    return this.#inHand.count + this.#inbox.length;
  }

  /** Loads the executors, then joins the group. Rejects with EXECUTOR_LOAD_FAILED or BUS_UNAVAILABLE; the state is then `failed`. */
  async start(): Promise<void> {
    const { executor } = this.#options;
    const scope = this.#scope;
    this.#reports.enter('loading');
    this.#tickLater();
    try {
      await executor.load();
      if (this.#hasLeft()) return;
      this.#batcher.start();
      const window = windowFor({ executors: executor.state().size, batchMax: scope.stage.batch.max });
      // Records of the retry topic wait in hand for their time: in a window of their own they keep none of the others out.
      await this.#subscribe(scope.group, scope.topic, window);
      await this.#subscribe(scope.retryGroup, scope.retryTopic, MOST_IN_HAND);
    } catch (thrown) {
      await this.#fail(thrown);
      throw thrown;
    }
    // It may have been stopped meanwhile, before there was a subscription to close.
    if (this.#hasLeft()) await this.#unsubscribe();
    else this.#enter('ready');
  }

  /** Finishes what is in hand, for at most `graceMs`, then leaves. Resolves when stopped; never rejects for work that did not finish. */
  async drain(graceMs: number = DRAIN_GRACE_MS): Promise<void> {
    if (this.#state !== 'ready') return this.stop();
    this.#enter('draining');
    for (const subscription of this.#subscriptions) subscription.stopTaking();
    await this.#idle(graceMs);
    await this.stop();
  }

  /** Leaves at once: what is in hand stays unsettled and is delivered to others. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    const hasFailed = this.#state === 'failed';
    this.#enter('stopped');
    this.#reports.end();
    if (!hasFailed) await this.#leave();
    await this.#reports.withdraw();
  }

  // From the bus to the executors

  async #subscribe(group: string, topic: string, window: number): Promise<void> {
    const { bus } = this.#scope;
    const onFailure = (error: Error): void => void this.#fail(error);
    this.#subscriptions.push(await bus.subscribe({ group, topics: [topic], window, onFailure }, (delivery) => this.#receive(delivery)));
  }

  async #unsubscribe(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
  }

  /** Only collects: what the bus hands over in one turn is looked at together, so that it can be one batch. */
  #receive(delivery: Delivery): void {
    this.#inbox.push(delivery);
    if (this.#isFlushing || this.#blocked > 0) return;
    this.#isFlushing = true;
    void Promise.resolve().then(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    if (this.#blocked > 0 || this.#hasLeft()) return;
    const taken = this.#inbox;
    this.#inbox = [];
    for (const delivery of taken) this.#deliveries.take(delivery);
    this.#batcher.dispatch();
    this.#checkIdle();
  };

  #ready(work: Work, isLater: boolean): void {
    if (this.#hasLeft()) return;
    this.#batcher.add(work);
    if (isLater) this.#batcher.dispatch();
  }

  #admit(work: Work): boolean {
    const { replies, clock } = this.#scope;
    if (replies.hasEnded(work.requestId)) this.#failures.drop(work);
    else if (clock.clusterNow() >= work.deadlineMs) this.#failures.expire(work, 'compute');
    else return true;
    return false;
  }

  #executed(works: readonly Work[], outputs: readonly ExecuteOutputs[], run: BatchRun): void {
    this.#counters.executedTotal += works.length;
    this.#time(works, run);
    this.#emitter.emit(works, outputs);
  }

  #failed(works: readonly Work[], error: AppError, run: BatchRun): void {
    if (this.#hasLeft()) return;
    this.#time(works, run);
    for (const work of works) this.#failures.failed(work, error);
  }

  #time(works: readonly Work[], run: BatchRun): void {
    this.#counters.computeSecondsTotal += run.computeMs / 1_000;
    const { name } = this.#scope.stage;
    for (const work of works) work.timings = [...work.timings, timingOf(work, name, run)];
  }

  /** Dead letters that cannot be written hold the worker: the bus stops delivering once the window is full. */
  #block(blocked: boolean): void {
    this.#blocked += blocked ? 1 : -1;
    if (this.#blocked === 0) this.#flush();
  }

  // State and time

  #hasLeft(): boolean {
    return this.#state === 'stopped' || this.#state === 'failed';
  }

  #enter(state: StageWorkerState, reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#options.onState?.(state, reason);
    if (state !== 'stopped') this.#reports.enter(state, reason);
  }

  async #fail(thrown: unknown): Promise<void> {
    if (this.#hasLeft()) return;
    const scope = this.#scope;
    const error = toAppError(thrown);
    scope.log.write('error', `The worker of stage "${scope.stage.name}" failed and takes no more work: ${error.message}`, { pipeline: scope.pipeline.name, worker: scope.workerId, code: error.code });
    this.#enter('failed', error.message);
    await this.#leave();
  }

  /** Never rejects: what cannot be closed any more is as good as closed. */
  async #leave(): Promise<void> {
    this.#whenIdle?.();
    this.#clock.stop();
    this.#abort.abort();
    const left = await Promise.allSettled([this.#unsubscribe(), this.#options.executor.unload()]);
    for (const each of left) {
      if (each.status === 'rejected') this.#scope.log.write('warn', `The worker of stage "${this.#scope.stage.name}" did not leave cleanly`, { reason: toAppError(each.reason).message });
    }
  }

  #tickLater(): void {
    this.#clock.after(POLL_EVERY_MS, () => {
      this.#tick();
      this.#tickLater();
    });
  }

  #tick(): void {
    if (this.#state !== 'loading') this.#batcher.sweep();
    if (this.#state === 'ready') this.#lapsedJoins.poll();
    this.#reports.tick();
  }

  /** Resolves when nothing is being worked on, or after the grace time. */
  #idle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(graceMs, resolve);
      this.#whenIdle = () => {
        cancel();
        resolve();
      };
      this.#inHand.onChange(() => this.#checkIdle());
      this.#settler.onChange(() => this.#checkIdle());
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (this.#whenIdle === undefined || this.#inbox.length > 0) return;
    if (this.#inHand.active === 0 && this.#settler.activeJoins === 0) this.#whenIdle();
  }
}
