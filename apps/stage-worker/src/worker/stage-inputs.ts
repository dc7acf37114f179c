import type { PartTensor } from '#common/envelope';
import type { CompiledStage } from '#common/pipeline';

/** Says of a tensor whether the stage reads it. What only passes through stays where it is. */
export function isInputOf(stage: CompiledStage): (tensor: PartTensor) => boolean {
  return ({ stage: maker, name }) => stage.inputs.some(({ from }) => from.stage === maker && from.tensor === name);
}
