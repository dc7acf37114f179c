import { describe, expect, it } from '@jest/globals';

import { matchesLock } from './lock-match.mjs';

const WANTED = { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/a-darwin': { version: '1.0.0', optional: true } };

describe('an installation', () => {
  it.each([
    ['matches when every package is there', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/a-darwin': { version: '1.0.0' } }, true],
    ["matches without another platform's package", { 'node_modules/a': { version: '1.0.0' } }, true],
    ['does not match when a package is missing', { 'node_modules/a-darwin': { version: '1.0.0' } }, false],
    ['does not match when a version differs', { 'node_modules/a': { version: '1.0.1' } }, false],
    ['does not match when an optional version differs', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/a-darwin': { version: '0.9.0' } }, false],
  ])('%s', (_title, installed, expected) => {
    expect(matchesLock(WANTED, installed)).toBe(expected);
  });
});
