import { describe, expect, it } from '@jest/globals';
import type { CompiledStage } from '#common/pipeline';
import { functionStage, KeptLog } from '../../../../test/support/stages.ts';
import { EXECUTOR_KINDS, makeExecutor, placeOf } from './registry.ts';

const context = { pipeline: 'p', version: 'v', stage: functionStage('echo'), log: new KeptLog() };

describe('the registry of executors', () => {
  it('is sorted by name', () => {
    expect(EXECUTOR_KINDS).toEqual([...EXECUTOR_KINDS].sort());
  });

  it('makes the executor of the stage', async () => {
    expect((await makeExecutor(context)).describe().kind).toBe('function');
    expect(placeOf(context)).toBe('hosted');
  });

  it('refuses a kind nobody knows and lists the known ones', () => {
    const stage = { ...context.stage, executor: { kind: 'quantum' } } as unknown as CompiledStage;
    expect(() => placeOf({ ...context, stage })).toThrow('Stage "tested" needs an executor of kind "quantum". Known: ensemble, function, onnx.');
  });
});
