import { describe } from '@jest/globals';
import { pooledExecutorContract } from './pooled-executor.contract.ts';

describe('a pool of threads', () => {
  pooledExecutorContract('thread');
});
