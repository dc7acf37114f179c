import { SOURCE } from '#common/pipeline';
import type { CompiledPipeline, Edge } from '#common/pipeline';
import { executorName, nodeName, refName } from './text-graph.ts';

/** A pipeline as a Mermaid flowchart: one arrow per hop, labelled with the tensors it carries. */
export function mermaidGraph(pipeline: CompiledPipeline): string {
  const lines = ['flowchart LR', `  source([${pipeline.inputs.map((input) => input.name).join(', ')}])`];
  for (const stage of pipeline.stages) lines.push(`  ${nodeId(stage.name)}["${stage.name}<br/>${executorName(stage)}"]`);
  lines.push(`  answer([${pipeline.outputs.map((output) => output.name).join(', ')}])`);
  for (const edge of [...pipeline.entry, ...pipeline.stages.flatMap((stage) => stage.next)]) lines.push(`  ${arrow(pipeline, edge)}`);
  return lines.join('\n');
}

function arrow(pipeline: CompiledPipeline, edge: Edge): string {
  const from = edge.from === SOURCE ? 'source' : nodeId(pipeline.stages[edge.from]?.name ?? 'source');
  const to = edge.to === pipeline.stages.length ? 'answer' : nodeId(nodeName(pipeline, edge));
  const scatter = edge.scatter === undefined ? '' : ' each';
  const label = edge.cargo.map((ref) => refName(pipeline, ref)).join(', ');
  return `${from} -->|"${label}${scatter}${edge.gather === true ? ' gathered' : ''}"| ${to}`;
}

/** Mermaid takes no dash in an id, and some names are its keywords. */
function nodeId(name: string): string {
  return `s_${name.replaceAll('-', '_')}`;
}
