import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createLog } from './index.ts';
import type { LogOptions } from './index.ts';

function lines(options: Omit<LogOptions, 'destination'>, use: (log: ReturnType<typeof createLog>) => void): string[] {
  const written: string[] = [];
  use(createLog({ ...options, destination: { write: (line: string) => void written.push(line) } }));
  return written;
}

describe('the log', () => {
  it('writes one JSON object per line with level, time, message and fields', () => {
    const [line] = lines({ level: 'info', form: 'json' }, (log) => log.write('warn', 'store is slow', { waitMs: 12, engine: 'embedded' }));
    expect(JSON.parse(line ?? '')).toEqual({ level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), message: 'store is slow', waitMs: 12, engine: 'embedded' });
    expect(line?.endsWith('\n')).toBe(true);
  });

  it('writes plain lines for people, quoting what has spaces', () => {
    const [line] = lines({ level: 'info', form: 'lines' }, (log) => log.write('info', 'ready', { url: 'http://127.0.0.1:8080', note: 'two words', none: undefined }));
    expect(stripVTControlCharacters(line ?? '')).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}ready {2}url=http:\/\/127\.0\.0\.1:8080 note="two words"\n$/);
  });

  it.each(['json', 'lines'] as const)('leaves out what is below the level (%s)', (form) => {
    const written = lines({ level: 'warn', form }, (log) => {
      log.write('debug', 'a');
      log.write('info', 'b');
      log.write('warn', 'c');
      log.write('error', 'd');
    });
    expect(written).toHaveLength(2);
  });
});
