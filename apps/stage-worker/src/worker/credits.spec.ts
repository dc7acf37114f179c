import { expect, it } from '@jest/globals';
import { windowFor } from './credits.ts';

it.each([
  ['one executor without batches', 1, 1, 34],
  ['one executor with batches', 1, 32, 96],
  ['several executors', 4, 8, 96],
  ['never more than a bus allows', 8, 64, 256],
])('sizes the window for %s', (_title, executors, batchMax, window) => {
  expect(windowFor({ executors, batchMax })).toBe(window);
});
