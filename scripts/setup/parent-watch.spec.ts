import { describe, expect, it } from '@jest/globals';

import { checkOwner, findOwner } from './parent-watch.mjs';

const NPM = 10;
const SHELL = 20;
const ELSEWHERE = 1;

/** A process table as the process under test sees it: its parent, and each process's name and parent. */
const seen = (ppid: number, stats: Record<number, { name: string; ppid: number }>) => ({
  ppid: () => ppid,
  statOf: (pid: number) => stats[pid],
});

describe('the process to live and die with', () => {
  it.each([
    ['npm itself when the shell replaced itself', seen(NPM, { [NPM]: { name: 'npm start', ppid: 5 } }), { parent: NPM }],
    ['npm behind the shell it started', seen(SHELL, { [SHELL]: { name: 'sh', ppid: NPM } }), { parent: NPM, shell: SHELL }],
    ['the direct parent where names cannot be read', seen(SHELL, {}), { parent: SHELL }],
  ])('is %s', (_title, processes, expected) => {
    expect(findOwner(processes)).toEqual(expected);
  });
});

describe('the state of the owner', () => {
  const direct = { parent: NPM };
  const behind = { parent: NPM, shell: SHELL };
  it.each([
    ['fine while the parent stays', direct, seen(NPM, {}), 'fine'],
    ['killed when somebody else adopted this process', direct, seen(ELSEWHERE, {}), 'killed'],
    ['fine while npm stays above the shell', behind, seen(SHELL, { [SHELL]: { name: 'sh', ppid: NPM } }), 'fine'],
    ['killed when npm is gone and its shell lasted', behind, seen(SHELL, { [SHELL]: { name: 'sh', ppid: ELSEWHERE } }), 'killed'],
    ['stopped when the shell is gone', behind, seen(ELSEWHERE, {}), 'stopped'],
  ])('is %s', (_title, owner, processes, expected) => {
    expect(checkOwner(owner, processes)).toBe(expected);
  });
});
