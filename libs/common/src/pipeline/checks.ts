import { stackableBatches } from './checks/batches.ts';
import type { Check } from './checks/check.ts';
import { ensembleMembers, weightsInputs, weightsMethod, weightsZero } from './checks/ensembles.ts';
import { missingModelInputs, missingOutputs, outputsFromModel, unknownModelInputs, warmups } from './checks/models.ts';
import { reservedNames } from './checks/names.ts';
import { cycles, unknownReferences, unusedInputs, unusedStages } from './checks/references.ts';
import {
  besideScatter, eachAndGather, eachInputs, eachLists, gatheredScalars, gathersWithoutEach, listsWithoutEach, mixedScatters, nestedEach, scatteredOutputs,
  wholeInsideScatter,
} from './checks/scatters.ts';
import { tensorDatatypes, tensorShapes } from './checks/tensors.ts';
import type { PipelineGraph } from './graph.ts';
import type { Finding } from './problem.ts';
import type { PipelineRule } from './rules.ts';

/** What a pipeline must be beyond its form: one named check per rule, sorted by rule. */
export const CHECKS = {
  PIPELINE_BATCH_NOT_STACKABLE: stackableBatches,
  PIPELINE_CYCLE: cycles,
  PIPELINE_EACH_AND_GATHER: eachAndGather,
  PIPELINE_EACH_INPUT: eachInputs,
  PIPELINE_EACH_NOT_LIST: eachLists,
  PIPELINE_ENSEMBLE_MEMBERS: ensembleMembers,
  PIPELINE_GATHER_SCALAR: gatheredScalars,
  PIPELINE_GATHER_WITHOUT_EACH: gathersWithoutEach,
  PIPELINE_LIST_WITHOUT_EACH: listsWithoutEach,
  PIPELINE_MIXED_SCATTERS: mixedScatters,
  PIPELINE_MODEL_INPUT_MISSING: missingModelInputs,
  PIPELINE_MODEL_INPUT_UNKNOWN: unknownModelInputs,
  PIPELINE_NESTED_EACH: nestedEach,
  PIPELINE_OUTPUTS_FROM_MODEL: outputsFromModel,
  PIPELINE_OUTPUTS_MISSING: missingOutputs,
  PIPELINE_RESERVED_NAME: reservedNames,
  PIPELINE_SCATTERED_OUTPUT: scatteredOutputs,
  PIPELINE_SCATTER_BESIDE: besideScatter,
  PIPELINE_SCATTER_WHOLE: wholeInsideScatter,
  PIPELINE_TENSOR_DATATYPE: tensorDatatypes,
  PIPELINE_TENSOR_SHAPE: tensorShapes,
  PIPELINE_UNKNOWN_REFERENCE: unknownReferences,
  PIPELINE_UNUSED_INPUT: unusedInputs,
  PIPELINE_UNUSED_STAGE: unusedStages,
  PIPELINE_WARMUP: warmups,
  PIPELINE_WEIGHTS_INPUTS: weightsInputs,
  PIPELINE_WEIGHTS_METHOD: weightsMethod,
  PIPELINE_WEIGHTS_ZERO: weightsZero,
} as const satisfies Partial<Record<PipelineRule, Check>>;

/** Everything wrong with a pipeline whose form is right; empty = it may be compiled, provided its files were all there. */
export function checkPipeline(graph: PipelineGraph): readonly Finding[] {
  return Object.entries(CHECKS).flatMap(([rule, check]) => check(graph).map((fault) => ({ ...fault, rule: rule as keyof typeof CHECKS })));
}
