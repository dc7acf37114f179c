import { expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.ts';

it.each([
  ['nett', ['net', 'forest'], 'net'],
  ['probabilties', ['label', 'probabilities'], 'probabilities'],
  ['ent', ['net'], 'net'],
  ['executers', ['executors', 'each'], 'executors'],
  ['weather', ['net', 'forest'], undefined],
  ['net', [], undefined],
  ['', ['net'], undefined],
])('takes "%s" among %j for %j', (name, known, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});
