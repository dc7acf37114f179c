import { describe, expect, it } from '@jest/globals';
import { thrownBy } from '../../../../../test/support/thrown.ts';
import { checkServer, fullness, parseServerInfo, serverWarnings } from './server-info.ts';

const INFO = ['# Server', 'redis_version:7.0.15', 'os:Linux: a', '', '# Memory', 'used_memory:750', 'maxmemory:1000', 'maxmemory_policy:noeviction', '', '# Persistence', 'aof_enabled:1', ''].join('\r\n');

describe('what Redis says of itself', () => {
  it('is read from the text of INFO', () => {
    expect(parseServerInfo(INFO)).toEqual({ version: '7.0.15', evictionPolicy: 'noeviction', maxMemory: 1000, usedMemory: 750, keepsLog: true });
    expect(fullness(parseServerInfo(INFO))).toBe(0.75);
  });

  it.each([
    ['nothing about one with a log and a limit', {}, []],
    ['that one without a log forgets at a restart', { keepsLog: false }, ['appendonly yes']],
    ['that one without a limit fills its machine', { maxMemory: 0 }, ['"maxmemory"']],
    ['both', { keepsLog: false, maxMemory: 0 }, ['appendonly yes', '"maxmemory"']],
  ])('warns of %s', (_, change, settings) => {
    const warnings = serverWarnings('host:6379', { ...parseServerInfo(INFO), ...change });
    expect(warnings).toEqual(settings.map((setting) => expect.stringContaining(setting)));
  });

  it('means no limit and no eviction where it says nothing', () => {
    expect(parseServerInfo('redis_version:7.2.0')).toMatchObject({ evictionPolicy: 'noeviction', maxMemory: 0 });
    expect(fullness(parseServerInfo(''))).toBe(0);
  });

  it.each(['7.0.0', '7.2.4', '8.4.1', '10.0.0'])('passes with version %s', (version) => {
    expect(() => checkServer('host:6379', { ...parseServerInfo(INFO), version })).not.toThrow();
  });

  it.each(['6.2.14', '5.0.7', '0'])('is refused with version %s, which lacks what the scripts need', (version) => {
    const error = thrownBy(() => checkServer('host:6379', { ...parseServerInfo(INFO), version }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(version) });
  });

  it.each(['allkeys-lru', 'volatile-ttl'])('is refused with the policy %s, naming the setting', (evictionPolicy) => {
    const error = thrownBy(() => checkServer('host:6379', { ...parseServerInfo(INFO), evictionPolicy }));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`"${evictionPolicy}"`);
    expect(error.message).toContain('maxmemory-policy noeviction');
  });
});
