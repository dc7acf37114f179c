import { expect, it } from '@jest/globals';
import { RecentlyEnded } from './recently-ended.ts';

it('knows at least the last ids of its capacity, and forgets older ones', () => {
  const ended = new RecentlyEnded(100);
  for (let index = 0; index < 1_000; index++) ended.add(`id-${index}`);
  for (let index = 900; index < 1_000; index++) expect(ended.has(`id-${index}`)).toBe(true);
  for (let index = 0; index < 800; index++) expect(ended.has(`id-${index}`)).toBe(false);
});
