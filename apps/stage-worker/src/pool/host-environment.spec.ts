import { describe, expect, it } from '@jest/globals';
import { hostEnvironment } from './host-environment.ts';

describe('hostEnvironment', () => {
  it('passes on what is on the list, and nothing else', () => {
    const environment = { PATH: '/bin', LC_ALL: 'C', NODE_COMPILE_CACHE: '/cache', HOME: undefined, MILLRACE_REDIS_URL: 'redis://:secret@store', AWS_SECRET_ACCESS_KEY: 's', NODE_OPTIONS: '--inspect' };
    expect(hostEnvironment(environment)).toEqual({ PATH: '/bin', LC_ALL: 'C', NODE_COMPILE_CACHE: '/cache' });
  });
});
