import { AppError, toAppError } from '#common/errors';
import type { CancelTimer, Clock, Log } from '#common/ports';
import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, PooledExecutor, PoolState } from '../executors/index.ts';
import { abortedCall, allDown, notRunning, outstayedAbort, timedOut, tooManyWaiting } from './pool-errors.ts';
import { PoolMember } from './pool-member.ts';
import type { Job, StoppableExecutor } from './pool-member.ts';
import { restartPauseMs } from './restart-pause.ts';
import { Roster } from './roster.ts';
import { Watchdog } from './watchdog.ts';

export interface PoolOptions {
  readonly stage: string;
  /** What the pool says of itself before its first executor is warm. */
  readonly description: ExecutorDescription;
  /** Executors to start with. */
  readonly size: number;
  /** Longest run of one call, milliseconds. */
  readonly timeoutMs: number;
  /** How long a call that was aborted may still run before its executor is replaced, milliseconds. */
  readonly abortGraceMs: number;
  /** Most calls that wait for a free executor. */
  readonly maxWaiting: number;
  readonly make: (onDeath: (error: AppError) => void) => StoppableExecutor;
  readonly clock: Clock;
  readonly log: Log;
}

// NEW -> LOADING -> RUNNING -> CLOSED; a load that fails closes too.
// LOADING: an executor that does not load fails the whole. RUNNING: one that dies is replaced. CLOSED: every call is refused.
type Phase = 'new' | 'loading' | 'running' | 'closed';

/** Several executors of a stage as one: hands calls to free ones in order, replaces the dead, resizes without a gap. */
export class ExecutorPool implements PooledExecutor {
  readonly #options: PoolOptions;
  readonly #roster = new Roster();
  readonly #waiting: Job[] = [];
  readonly #pauses = new Set<CancelTimer>();
  readonly #watchdog: Watchdog;
  #phase: Phase = 'new';
  #size: number;
  #fruitless = 0;
  #replacedTotal = 0;
  #lastFailure: string | undefined;
  #description: ExecutorDescription;
  #onFree: () => void = () => undefined;
  #unloaded: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#size = options.size;
    this.#description = options.description;
    this.#watchdog = new Watchdog(options.clock, () => this.#stopOverdue());
  }

  async load(): Promise<void> {
    this.#phase = 'loading';
    const starting = Array.from({ length: this.#size }, () => this.#start({ optional: false }).ready);
    try {
      await Promise.all(starting);
    } catch (thrown) {
      await this.unload();
      throw thrown;
    }
    this.#phase = 'running';
    if (this.free() > 0) this.#onFree();
  }

  execute(call: ExecuteCall, signal: AbortSignal): Promise<ExecuteOutputs> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(signal);
      if (refusal !== undefined) return reject(refusal);
      const arrivedAt = this.#options.clock.now();
      const job: Job = { call, signal, arrivedAt, resolve, reject, onAbort: () => this.#abort(job), member: undefined };
      signal.addEventListener('abort', job.onAbort, { once: true });
      const member = this.#roster.takeFree();
      if (member === undefined) this.#waiting.push(job);
      else this.#run(member, job);
    });
  }

  async resize(size: number): Promise<void> {
    if (!Number.isInteger(size) || size < 1) throw new AppError('INTERNAL', `A pool has a whole number of executors, at least 1, not ${size}.`);
    if (this.#phase !== 'running') throw notRunning(this.#options.stage);
    this.#size = size;
    const changes: Promise<void>[] = [];
    for (let surplus = this.#held() - size; surplus > 0; surplus -= 1) changes.push(this.#retireOne());
    while (this.#held() < size) changes.push(this.#start({ optional: true }).ready);
    await Promise.all(changes);
  }

  /** Calls that wait or run are rejected with SHUTTING_DOWN. Resolves when every thread and process is gone. Idempotent. */
  unload(): Promise<void> {
    this.#unloaded ??= this.#close();
    return this.#unloaded;
  }

  describe(): ExecutorDescription {
    return this.#description;
  }

  free(): number {
    return this.#phase === 'running' ? this.#roster.freeCount : 0;
  }

  busy(): number {
    return this.#roster.count('busy');
  }

  onFree(listener: () => void): void {
    this.#onFree = listener;
  }

  state(): PoolState {
    return {
      size: this.#size,
      free: this.free(),
      busy: this.busy(),
      starting: this.#roster.count('starting'),
      paused: this.#pauses.size,
      waiting: this.#waiting.length,
      replacedTotal: this.#replacedTotal,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure }),
    };
  }

  // Calls

  #refusal(signal: AbortSignal): AppError | undefined {
    const { maxWaiting, stage } = this.#options;
    if (this.#phase !== 'running') return notRunning(stage);
    if (signal.aborted) return abortedCall(signal);
    if (this.#roster.freeCount > 0) return undefined;
    if (this.#roster.size === 0) return allDown(stage, this.#lastFailure);
    return this.#waiting.length < maxWaiting ? undefined : tooManyWaiting(stage, maxWaiting);
  }

  #run(member: PoolMember, job: Job): void {
    const now = this.#options.clock.now();
    member.begin(job, now + this.#options.timeoutMs);
    this.#watchdog.watch(member.dueAt);
    const remainingMs = job.call.remainingMs - (now - job.arrivedAt);
    member.executor.execute({ ...job.call, remainingMs }, job.signal).then(
      (outputs) => {
        job.resolve(outputs);
        this.#finished(member, job);
      },
      (thrown: unknown) => {
        job.reject(toAppError(thrown, 'STAGE_FAILED', { stage: this.#options.stage }));
        this.#finished(member, job);
      },
    );
  }

  #finished(member: PoolMember, job: Job): void {
    job.signal.removeEventListener('abort', job.onAbort);
    if (!this.#roster.has(member)) return;
    member.proven = true;
    this.#fruitless = 0;
    if (member.retiring) void this.#dismiss(member);
    else this.#putToUse(member);
  }

  #putToUse(member: PoolMember): void {
    member.end();
    const job = this.#waiting.shift();
    if (job !== undefined) return this.#run(member, job);
    this.#roster.setFree(member);
    if (this.#phase === 'running') this.#onFree();
  }

  #abort(job: Job): void {
    job.reject(abortedCall(job.signal));
    if (job.member === undefined) {
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      return;
    }
    // Most calls end soon by themselves; stopping one costs a start and a warm-up.
    job.member.abandoned = true;
    job.member.dueAt = Math.min(job.member.dueAt, this.#options.clock.now() + this.#options.abortGraceMs);
    this.#watchdog.watch(job.member.dueAt);
  }

  #stopOverdue(): void {
    const { abortGraceMs, clock, stage, timeoutMs } = this.#options;
    const now = clock.now();
    for (const member of this.#roster.all()) {
      if (member.dueAt <= now) member.executor.stop(member.abandoned ? outstayedAbort(stage, abortGraceMs) : timedOut(stage, timeoutMs));
      else if (member.dueAt !== Infinity) this.#watchdog.watch(member.dueAt);
    }
  }

  // Members

  #start({ optional }: { readonly optional: boolean }): PoolMember {
    const member: PoolMember = new PoolMember(this.#options.make((error) => this.#died(member, error)), optional);
    this.#roster.add(member);
    member.ready = member.executor.load().then(() => this.#warm(member));
    // Whoever asked for the member looks at `ready`; for a replacement nobody does, `#died` has dealt with it.
    member.ready.catch(() => undefined);
    return member;
  }

  #warm(member: PoolMember): void {
    if (!this.#roster.has(member)) return;
    this.#description = member.executor.describe();
    this.#putToUse(member);
  }

  #died(member: PoolMember, error: AppError): void {
    this.#roster.remove(member);
    member.leave();
    if (this.#phase === 'closed' || member.retiring) return;
    // `load` rejects with it and closes the pool.
    if (this.#phase === 'loading' && member.state === 'starting') return;
    if (member.optional && member.state === 'starting') {
      this.#size -= 1;
      return;
    }
    this.#replacedTotal += 1;
    this.#lastFailure = error.message;
    // A timeout says something of the call, not of the executor, and takes long enough not to loop.
    if (!member.proven && error.code !== 'EXECUTOR_TIMEOUT') this.#fruitless += 1;
    this.#replace(error);
  }

  #replace(error: AppError): void {
    const pauseMs = restartPauseMs(this.#fruitless);
    const { clock, log, stage } = this.#options;
    log.write('warn', `executor lost and replaced: ${error.message}`, { stage, code: error.code, pauseMs });
    if (pauseMs === 0) {
      this.#start({ optional: false });
      return;
    }
    const cancel = clock.after(pauseMs, () => {
      this.#pauses.delete(cancel);
      this.#start({ optional: false });
    });
    this.#pauses.add(cancel);
    if (this.#roster.size === 0) this.#refuseWaiting(allDown(stage, this.#lastFailure));
  }

  /** The cheapest member to lose: one that is not even there, then one that does not work. Resolves when it has left. */
  #retireOne(): Promise<void> {
    const [paused] = this.#pauses;
    if (paused !== undefined) {
      paused();
      this.#pauses.delete(paused);
      return Promise.resolve();
    }
    const member = this.#roster.mostDispensable();
    if (member === undefined) return Promise.resolve();
    member.retiring = true;
    return member.state === 'busy' ? member.left : this.#dismiss(member);
  }

  async #dismiss(member: PoolMember): Promise<void> {
    this.#roster.remove(member);
    await member.executor.unload();
    member.leave();
  }

  async #close(): Promise<void> {
    this.#phase = 'closed';
    this.#watchdog.stop();
    for (const cancel of this.#pauses) cancel();
    this.#pauses.clear();
    this.#refuseWaiting(notRunning(this.#options.stage));
    await Promise.all(this.#roster.all().map((member) => this.#dismiss(member)));
  }

  /** Members that stay, and those that are to come back. */
  #held(): number {
    return this.#roster.staying().length + this.#pauses.size;
  }

  #refuseWaiting(error: AppError): void {
    for (const job of this.#waiting.splice(0)) {
      job.signal.removeEventListener('abort', job.onAbort);
      job.reject(error);
    }
  }
}
