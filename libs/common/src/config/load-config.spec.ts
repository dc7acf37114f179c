import { describe, expect, it } from '@jest/globals';
import { SETTINGS, loadConfig } from './index.ts';

function problemsOf(environment: Record<string, string>): string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    return (error as Error).message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('the environment becomes a frozen config', () => {
  it('takes every default, which its own schema accepts', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ httpPort: 8080, host: '127.0.0.1', engine: 'embedded', maxBody: 64 * 1024 ** 2, durability: 'process' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.keys(config).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it.each([
    ['MILLRACE_MAX_BODY', '1GiB', { maxBody: 1024 ** 3 }],
    ['MILLRACE_MAX_BODY', '65536', { maxBody: 65_536 }],
    ['MILLRACE_MAX_BODY', '512 KiB', { maxBody: 524_288 }],
    ['MILLRACE_HTTP_PORT', '0', { httpPort: 0 }],
    ['MILLRACE_DURABILITY', 'disk', { durability: 'disk' }],
    ['MILLRACE_PREFIX', 'team-a', { prefix: 'team-a' }],
  ])('reads %s=%s', (name, value, expected) => {
    expect(loadConfig({ [name]: value })).toMatchObject(expected);
  });

  it.each([
    ['MILLRACE_HTTP_PORT', '80a0', 'not a whole number from 0 (any free port) to 65535'],
    ['MILLRACE_HTTP_PORT', '65536', 'not a whole number from 0 (any free port) to 65535'],
    ['MILLRACE_HTTP_PORT', '', 'not a whole number from 0 (any free port) to 65535'],
    ['MILLRACE_MAX_BODY', '64MB', 'not a size; write bytes or KiB, MiB, GiB, as in 64MiB'],
    ['MILLRACE_MAX_BODY', '0', 'not a size; write bytes or KiB, MiB, GiB, as in 64MiB'],
    ['MILLRACE_MAX_BODY', '-1', 'not a size; write bytes or KiB, MiB, GiB, as in 64MiB'],
    ['MILLRACE_CLAIM_CHECK_BYTES', '48kB', 'not a size; write bytes or KiB, MiB, GiB, as in 64MiB'],
    ['MILLRACE_ENGINE', 'nats', 'not one of embedded, kafka'],
    ['MILLRACE_ENGINE', 'redis', 'not one of embedded, kafka'],
    ['MILLRACE_LOG_LEVEL', 'loud', 'not one of debug, info, warn, error'],
    ['MILLRACE_DRAIN_MS', '1.5', 'not a whole number from 0 to 600000'],
    ['MILLRACE_HOST', '', 'is empty; leave it unset for the default'],
  ])('refuses %s="%s"', (name, value, message) => {
    expect(problemsOf({ [name]: value })).toEqual(['1 problem, nothing started:', `${name}="${value}": ${message}`]);
  });

  it('reports all problems at once and guesses what an unknown name meant', () => {
    expect(problemsOf({ MILLRACE_HTTP_PORT: 'x', MILLRACE_PIPELINS: './p', MILLRACE_QUANTUM_FOAM_INVERTER: '1', PATH: '/bin' })).toEqual([
      '3 problems, nothing started:',
      'MILLRACE_HTTP_PORT="x": not a whole number from 0 (any free port) to 65535',
      'MILLRACE_PIPELINS: unknown name. Did you mean MILLRACE_PIPELINES?',
      'MILLRACE_QUANTUM_FOAM_INVERTER: unknown name.',
    ]);
  });

  it('is sorted by name and says what each setting means', () => {
    const names = Object.values(SETTINGS).map((setting) => setting.name);
    expect(names).toEqual([...names].sort());
    for (const setting of Object.values(SETTINGS)) expect(setting.description).toMatch(/\.$/);
  });
});
