import type { StageSample } from '#common/scaling';

/** Why a stage has the size it has: what was seen, decided and done. */
export interface DecisionRecord {
  /** Cluster time, milliseconds since the epoch. */
  readonly atMs: number;
  readonly pipeline: string;
  readonly stage: string;
  readonly seen: StageSample;
  readonly desired: number;
  readonly reason: string;
  readonly done: string;
}

/** The last decisions, oldest first. A decision that repeats the stage's last one is not recorded again. */
export class Decisions {
  private readonly capacity: number;
  private readonly records: DecisionRecord[] = [];
  private readonly last = new Map<string, string>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Answers true when the record is news. */
  add(record: DecisionRecord): boolean {
    const stage = `${record.pipeline}/${record.stage}`;
    const verdict = `${record.desired} ${record.reason}`;
    if (this.last.get(stage) === verdict) return false;
    this.last.set(stage, verdict);
    this.records.push(record);
    if (this.records.length > this.capacity) this.records.shift();
    return true;
  }

  all(): readonly DecisionRecord[] {
    return this.records;
  }
}
