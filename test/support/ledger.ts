import { setTimeout as pause } from 'node:timers/promises';

/** What a client knows of one request it sent. Kept outside the server, so that no crash of it can touch the book. */
interface Entry {
  readonly expected: string;
  /** Set once the server said it accepted. */
  id?: string;
  refused?: number;
  outcome?: string;
}

export interface Verdict {
  readonly accepted: number;
  readonly refused: number;
  /** Ids that never ended. */
  readonly silent: readonly string[];
  /** Ids whose outcome is not what the client computed itself. */
  readonly wrong: readonly string[];
  /** Ids that showed two different outcomes. */
  readonly changed: readonly string[];
}

export interface LedgerCall {
  /** Sends the request; answers the id when accepted, or the HTTP status when refused. */
  readonly send: () => Promise<{ readonly id: string } | { readonly refused: number }>;
  /** What the result must be, computed by the client. */
  readonly expected: string;
}

/** Reads the outcome of a request as text, or undefined while it runs. Rejects when the server cannot be reached. */
export type ReadOutcome = (id: string) => Promise<string | undefined>;

const POLL_MS = 50;

/** The client's own book of requests: what was accepted must end in the right result, once. */
export class Ledger {
  private readonly entries: Entry[] = [];

  async send({ send, expected }: LedgerCall): Promise<void> {
    const entry: Entry = { expected };
    this.entries.push(entry);
    const answer = await send();
    if ('id' in answer) entry.id = answer.id;
    else entry.refused = answer.refused;
  }

  get accepted(): readonly string[] {
    return this.entries.flatMap((entry) => (entry.id === undefined ? [] : [entry.id]));
  }

  /** Polls every accepted request until it ended or the time is up, then reads each once more. */
  async settle(read: ReadOutcome, withinMs: number): Promise<Verdict> {
    const untilMs = Date.now() + withinMs;
    const open = new Set(this.entries.filter((entry) => entry.id !== undefined));
    while (open.size > 0 && Date.now() < untilMs) {
      for (const entry of open) {
        const outcome = await read(entry.id ?? '');
        if (outcome === undefined) continue;
        entry.outcome = outcome;
        open.delete(entry);
      }
      if (open.size > 0) await pause(POLL_MS);
    }
    return this.verdict(await this.readAgain(read));
  }

  private async readAgain(read: ReadOutcome): Promise<string[]> {
    const changed: string[] = [];
    for (const { id, outcome } of this.entries) {
      if (id !== undefined && outcome !== undefined && (await read(id)) !== outcome) changed.push(id);
    }
    return changed;
  }

  private verdict(changed: readonly string[]): Verdict {
    const ids = (wanted: (entry: Entry) => boolean): string[] => this.entries.flatMap((entry) => (entry.id !== undefined && wanted(entry) ? [entry.id] : []));
    return {
      accepted: this.accepted.length,
      refused: this.entries.filter((entry) => entry.refused !== undefined).length,
      silent: ids((entry) => entry.outcome === undefined),
      wrong: ids((entry) => entry.outcome !== undefined && entry.outcome !== entry.expected),
      changed,
    };
  }
}
