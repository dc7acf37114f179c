import { checkPipeline, compilePipeline, namedFiles, parseSpec, PipelineGraph } from '#common/pipeline';
import type { CompiledPipeline, Finding, ModelSignature, PipelineAssets } from '#common/pipeline';

export interface Drafted {
  readonly graph: PipelineGraph;
  readonly findings: readonly Finding[];
}

/** A pipeline from plain data, its files made up: modules exist, models have the given signatures. Problems of form and of meaning together. */
export function draftPipeline(raw: unknown, signatures: Readonly<Record<string, ModelSignature>> = {}): Drafted {
  const { spec, broken, findings } = parseSpec(raw);
  if (spec === undefined) throw new Error(`unreadable: ${findings.map((finding) => `${finding.path.join('.')}: ${finding.message}`).join(' ')}`);
  const files = new Map(namedFiles(spec).map(({ name }) => [name, { path: name, location: `/nowhere/${name}`, sha256: '00' }]));
  const assets: PipelineAssets = { files, signatures: new Map(Object.entries(signatures)) };
  const graph = new PipelineGraph(spec, assets, broken);
  return { graph, findings: [...findings, ...checkPipeline(graph)] };
}

/** The compiled pipeline; throws what is wrong with it. */
export function compileDraft(raw: unknown, signatures: Readonly<Record<string, ModelSignature>> = {}): CompiledPipeline {
  const { graph, findings } = draftPipeline(raw, signatures);
  if (findings.length > 0) throw new Error(findings.map((finding) => `${finding.rule} ${finding.path.join('.')}: ${finding.message}`).join('\n'));
  return compilePipeline(graph, '0123456789abcdef');
}
