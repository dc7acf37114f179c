import { loadPipelineFile } from '#common/adapters/system';
import type { CompiledPipeline } from '#common/pipeline';
import { EXIT } from '../exit-codes.ts';
import { mermaidGraph } from '../graph/mermaid-graph.ts';
import { textGraph } from '../graph/text-graph.ts';
import type { CommandBody } from './command.ts';

export interface GraphOptions {
  readonly file: string;
  readonly mermaid?: boolean;
}

/** `millrace graph pipelines/ocr.yaml`: the compiled DAG, hops and their cargo included. */
export const graphCommand: CommandBody<GraphOptions> = async ({ file, mermaid }, { console }) => {
  const pipeline = await loadOne(file);
  console.data(pipeline);
  console.say(mermaid === true ? mermaidGraph(pipeline) : textGraph(pipeline));
  return EXIT.ok;
};

async function loadOne(file: string): Promise<CompiledPipeline> {
  const loaded = await loadPipelineFile(file);
  if ('error' in loaded) throw loaded.error;
  return loaded.pipeline;
}
