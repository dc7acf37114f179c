import { formatTensorType } from '#common/inference';
import { SOURCE } from '#common/pipeline';
import type { CompiledPipeline, CompiledStage, Edge, TensorRef } from '#common/pipeline';

/** A pipeline as lines of text: stages in topological order, what each reads, and where its answer goes. */
export function textGraph(pipeline: CompiledPipeline): string {
  const lines = [`${pipeline.name}@${pipeline.version}`];
  for (const input of pipeline.inputs) lines.push(`  in   ${input.name}  ${formatTensorType(input)}`);
  for (const stage of pipeline.stages) lines.push(...stageLines(pipeline, stage));
  for (const output of pipeline.outputs) lines.push(`  out  ${output.name}  ${formatTensorType(output)}  <- ${refName(pipeline, output.from)}`);
  return lines.join('\n');
}

function stageLines(pipeline: CompiledPipeline, stage: CompiledStage): string[] {
  const marks = [
    stage.scattered === undefined ? '' : `each ${refName(pipeline, stage.scattered)}`,
    stage.members.length > 1 ? `joins ${stage.members.length}` : '',
    stage.batch.max > 1 ? `batch ${stage.batch.max}` : '',
    stage.executors > 1 ? `${stage.executors} executors` : '',
  ].filter((mark) => mark !== '');
  const head = `  ${String(stage.index).padStart(2)}   ${stage.name}  (${executorName(stage)}${marks.length > 0 ? `; ${marks.join(', ')}` : ''})`;
  const reads = stage.inputs.map((input) => `         ${input.name} <- ${refName(pipeline, input.from)}${input.gathered === true ? '[]' : ''}  ${formatTensorType(input.spec)}`);
  const next = stage.next.map((edge) => nodeName(pipeline, edge)).join(', ');
  return [head, ...reads, `         -> ${next === '' ? 'nowhere' : next}`];
}

export function executorName({ executor }: CompiledStage): string {
  if (executor.kind === 'onnx') return `onnx ${executor.model.path.split('/').at(-1)}`;
  if (executor.kind === 'function') return `function ${executor.function.exportName}`;
  return `ensemble ${executor.method}`;
}

export function nodeName(pipeline: CompiledPipeline, { to }: Edge): string {
  return pipeline.stages[to]?.name ?? 'out';
}

export function refName(pipeline: CompiledPipeline, ref: TensorRef): string {
  return ref.stage === SOURCE ? ref.tensor : `${pipeline.stages[ref.stage]?.name}.${ref.tensor}`;
}
