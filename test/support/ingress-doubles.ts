import { Catalog } from '#common/catalog';
import type { Outcome } from '#common/envelope';
import { ClaimChecks, NO_MESSAGE_LIMITS } from '#common/payloads';
import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import type { AcceptRecord, Bus, BusRecord, Completion, Fleet, Log, Random, Replies, RequestState, RequestView, WorkerReport } from '#common/ports';

const STATES = { result: 'succeeded', error: 'failed', deadline: 'expired', cancelled: 'cancelled' } as const satisfies Record<Outcome['kind'], RequestState>;

/** Replies in memory that keep a journal of the order of calls and can be told to fail. Real engines are tested elsewhere; here the order is. */
export class JournalReplies implements Replies {
  readonly journal: string[];
  readonly accepted = new Map<string, AcceptRecord>();
  readonly outcomes = new Map<string, Outcome>();
  readonly stagesDone: string[] = [];
  failWith: Error | undefined;
  private readonly wakers = new Map<string, (outcome: Outcome) => void>();

  constructor(journal: string[] = []) {
    this.journal = journal;
  }

  get waiting(): number {
    return this.wakers.size;
  }

  async accept(record: AcceptRecord): Promise<boolean> {
    this.journal.push('accept');
    if (this.failWith !== undefined) throw this.failWith;
    this.accepted.set(record.requestId, record);
    return true;
  }

  wait(requestId: string, signal: AbortSignal): Promise<Outcome> {
    this.journal.push('wait');
    return new Promise((resolve, reject) => {
      this.wakers.set(requestId, resolve);
      signal.addEventListener('abort', () => {
        this.wakers.delete(requestId);
        reject(new Error('the wait was given up'));
      });
    });
  }

  async complete(requestId: string, outcome: Outcome): Promise<Completion> {
    this.journal.push(`complete ${outcome.kind}`);
    if (this.failWith !== undefined) throw this.failWith;
    const first = this.outcomes.get(requestId);
    if (first !== undefined) return { won: false, winner: first };
    this.outcomes.set(requestId, outcome);
    this.wakers.get(requestId)?.(outcome);
    this.wakers.delete(requestId);
    return { won: true, winner: outcome };
  }

  async peek(requestId: string): Promise<RequestView | undefined> {
    const record = this.accepted.get(requestId);
    const outcome = this.outcomes.get(requestId);
    if (record === undefined) return undefined;
    return { record, state: outcome === undefined ? 'queued' : STATES[outcome.kind], stagesDone: this.stagesDone, ...(outcome === undefined ? {} : { outcome }) };
  }

  progress(_requestId: string, stage: string): void {
    this.stagesDone.push(stage);
  }

  hasEnded(requestId: string): boolean {
    return this.outcomes.has(requestId);
  }

  async overdue(nowMs: number, limit: number): Promise<readonly AcceptRecord[]> {
    if (this.failWith !== undefined) throw this.failWith;
    return [...this.accepted.values()].filter((record) => record.deadlineMs <= nowMs && !this.outcomes.has(record.requestId)).slice(0, limit);
  }
}

/** A bus that journals what is published, hands it to `onPublish`, and can be told to refuse the next so many times. */
export class JournalBus implements Bus {
  readonly journal: string[];
  readonly published: BusRecord[] = [];
  refuseNext = 0;
  onPublish: (records: readonly BusRecord[]) => void = () => undefined;

  constructor(journal: string[] = []) {
    this.journal = journal;
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    this.journal.push('publish');
    this.published.push(...records);
    this.onPublish(records);
    if (this.refuseNext > 0) {
      this.refuseNext -= 1;
      throw new Error('the broker is away');
    }
  }

  ensureTopics(): Promise<void> {
    return Promise.resolve();
  }

  subscribe(): never {
    throw new Error('nobody subscribes here');
  }

  lag(): never {
    throw new Error('nobody asks for lag here');
  }
}

/** Claim checks that nothing needs: every tensor fits into its message. */
export function idleClaims(): ClaimChecks {
  const unused = (): never => {
    throw new Error('nobody stores payloads here');
  };
  return new ClaimChecks({ payloads: { put: unused, get: unused, drop: () => Promise.resolve() }, limits: NO_MESSAGE_LIMITS });
}

/** A fleet whose workers the test sets. */
export class ListFleet implements Fleet {
  reports: WorkerReport[] = [];
  asked = 0;
  failWith: Error | undefined;

  async workers(): Promise<readonly WorkerReport[]> {
    this.asked += 1;
    if (this.failWith !== undefined) throw this.failWith;
    return this.reports;
  }

  async report(report: WorkerReport): Promise<void> {
    this.reports.push(report);
  }

  async withdraw(workerId: string): Promise<void> {
    this.reports = this.reports.filter((report) => report.workerId !== workerId);
  }
}

export function workerReport(pipeline: CompiledPipeline, stage: string, changes: Partial<WorkerReport> = {}): WorkerReport {
  return {
    workerId: `${pipeline.name}-${stage}`, pipeline: pipeline.name, version: pipeline.version, stage, state: 'ready', executors: 1, executorsBusy: 0,
    inHand: 0, executedTotal: 0, failedTotal: 0, computeSecondsTotal: 0, atMs: 0, ...changes,
  };
}

/** Ids that count up and a spread of nothing. */
export class CountingRandom implements Random {
  private last = 0;

  unit(): number {
    return 0;
  }

  requestId(): string {
    this.last += 1;
    return `request-${this.last}`;
  }
}

export class ListLog implements Log {
  readonly lines: string[] = [];

  write(level: string, message: string): void {
    this.lines.push(`${level} ${message}`);
  }
}

/** A pipeline of two stages in a row: `x` FP32 [-1, 2] in, `y` out of the second. */
export function twoStagePipeline(changes: Partial<CompiledPipeline> = {}): CompiledPipeline {
  const x = { name: 'x', datatype: 'FP32', shape: [-1, 2] } as const;
  const y = { ...x, name: 'y' } as const;
  const stage = (index: number, name: string, from: number, tensor: string): CompiledStage => ({
    index, name, members: [from], inputs: [{ name: 'x', from: { stage: from, tensor }, spec: x }], outputs: [y],
    executor: { kind: 'ensemble', method: 'mean', weights: {} }, join: { mode: 'all' }, batch: { max: 1, withinMs: 0 },
    next: [{ from: index, to: index + 1, cargo: [{ stage: index, tensor: 'y' }] }], timeoutMs: 1000, retry: { attempts: 1, backoffMs: 0 }, executors: 1,
  });
  return {
    name: 'pair', version: '0123456789abcdef', deadline: { syncMs: 10_000, asyncMs: 3_600_000 }, inputs: [x], outputs: [{ ...y, from: { stage: 1, tensor: 'y' } }],
    stages: [stage(0, 'first', -1, 'x'), stage(1, 'second', 0, 'y')],
    entry: [{ from: -1, to: 0, cargo: [{ stage: -1, tensor: 'x' }] }], answer: { members: [1] }, files: [], ...changes,
  };
}

/** A real catalogue that has loaded these pipelines. */
export async function catalogOf(...pipelines: readonly CompiledPipeline[]): Promise<Catalog> {
  const catalog = new Catalog({ load: () => Promise.resolve(pipelines.map((pipeline) => ({ file: `${pipeline.name}.yaml`, pipeline }))) });
  await catalog.load();
  return catalog;
}
