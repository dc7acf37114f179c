import { AppError } from '#common/errors';
import { describeMismatch, formatTensorType } from '#common/inference';
import type { Tensor } from '#common/inference';
import type { CompiledStage, StageOutput } from '#common/pipeline';
import type { ExecuteOutputs } from '../executors/index.ts';

/** Checks one request's outputs against the stage's declaration. Throws BAD_OUTPUT naming the output, what was expected and what came. */
export function checkOutputs(stage: CompiledStage, outputs: ExecuteOutputs): void {
  for (const declared of stage.outputs) {
    const output = outputs[declared.name];
    if (output === undefined) throw bad(stage, declared, `expected ${formatTensorType(declared)}, but it was not returned.`);
    if ('shape' in output) checkOne(stage, declared, output);
    else checkList(stage, declared, output);
  }
}

function checkOne(stage: CompiledStage, declared: StageOutput, output: Tensor): void {
  if (declared.list === true) throw bad(stage, declared, `expected a list of ${formatTensorType(declared)}, got one tensor.`);
  const mismatch = describeMismatch(declared, output);
  if (mismatch !== undefined) throw bad(stage, declared, `expected ${formatTensorType(declared)}, got ${formatTensorType(output)}.`);
}

function checkList(stage: CompiledStage, declared: StageOutput, outputs: readonly Tensor[]): void {
  if (declared.list !== true) throw bad(stage, declared, `expected ${formatTensorType(declared)}, got a list of ${String(outputs.length)}.`);
  for (const [index, output] of outputs.entries()) {
    const mismatch = describeMismatch(declared, output);
    if (mismatch !== undefined) throw bad(stage, declared, `element ${String(index)}: expected ${formatTensorType(declared)}, got ${formatTensorType(output)}.`);
  }
}

function bad(stage: CompiledStage, declared: StageOutput, fault: string): AppError {
  return new AppError('BAD_OUTPUT', `stage "${stage.name}", output "${declared.name}": ${fault}`, { stage: stage.name });
}
