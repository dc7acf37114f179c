import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Log } from '#common/ports';
import { EXIT, bootstrap } from './index.ts';
import type { ProcessSignals, Unit } from './index.ts';

class FakeProcess extends EventEmitter implements ProcessSignals {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

const silent: Log = { write: () => undefined };

function unit(name: string, journal: string[], overrides: Partial<Unit> = {}): Unit {
  const note = (word: string) => () => {
    journal.push(`${word} ${name}`);
    return Promise.resolve();
  };
  return { name, start: note('start'), drain: note('drain'), stop: note('stop'), ...overrides };
}

describe('the life of a process', () => {
  it.each(['SIGTERM', 'SIGINT'])('starts in order, and on %s drains and stops in the opposite order', async (signal) => {
    const journal: string[] = [];
    const process = new FakeProcess();
    const units = [unit('engine', journal), unit('worker', journal), unit('ingress', journal)];
    const code = await bootstrap({ units, log: silent, process, onReady: () => void process.emit(signal) });
    expect(code).toBe(EXIT.ok);
    expect(journal).toEqual([
      'start engine', 'start worker', 'start ingress',
      'drain ingress', 'drain worker', 'drain engine',
      'stop ingress', 'stop worker', 'stop engine',
    ]);
    expect(process.listenerCount(signal)).toBe(0);
  });

  it.each([
    ['ends at once on a second signal', 500, [EXIT.interrupted]],
    ['takes a signal right after the first for its echo', 499, []],
  ])('%s', async (_title, laterMs, exits) => {
    const process = new FakeProcess();
    let now = 1000;
    const impatient = unit('worker', [], {
      drain: () => {
        now += laterMs;
        process.emit('SIGINT');
        return Promise.resolve();
      },
    });
    await bootstrap({ units: [impatient], log: silent, process, nowMs: () => now, onReady: () => void process.emit('SIGTERM') });
    expect(process.exits).toEqual(exits);
  });

  it('stops what had started when a unit cannot start, and says why', async () => {
    const journal: string[] = [];
    const broken = unit('worker', journal, { start: () => Promise.reject(new Error('no model')) });
    await expect(bootstrap({ units: [unit('engine', journal), broken], log: silent, process: new FakeProcess() })).rejects.toThrow('no model');
    expect(journal).toEqual(['start engine', 'stop worker', 'stop engine']);
  });

  it('stops every unit although one of them fails to', async () => {
    const journal: string[] = [];
    const process = new FakeProcess();
    const stubborn = unit('ingress', journal, { stop: () => Promise.reject(new Error('stuck')) });
    await bootstrap({ units: [unit('engine', journal), stubborn], log: silent, process, onReady: () => void process.emit('SIGTERM') });
    expect(journal.at(-1)).toBe('stop engine');
  });

  it('ends the process on an error nobody caught', async () => {
    const process = new FakeProcess();
    const written: string[] = [];
    const log: Log = { write: (level, message) => void written.push(`${level} ${message}`) };
    const running = bootstrap({ units: [], log, process, onReady: () => void process.emit('unhandledRejection', new Error('lost')) });
    expect(process.exits).toEqual([EXIT.failed]);
    expect(written[0]).toContain('lost');
    process.emit('SIGTERM');
    await running;
  });
});
