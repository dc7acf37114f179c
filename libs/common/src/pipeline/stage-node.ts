import type { TensorSpec } from '#common/inference';
import type { PipelineFile } from './compiled.ts';
import { parseReference } from './spec.ts';
import type { StageSpec } from './spec.ts';

/** What a model's own file says it takes and makes; -1 for sizes it leaves open. */
export interface ModelSignature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** What the files named by a pipeline turned out to be, by the name the YAML gives them. What could not be had is absent; its problem is told elsewhere. */
export interface PipelineAssets {
  readonly files: ReadonlyMap<string, PipelineFile>;
  readonly signatures: ReadonlyMap<string, ModelSignature>;
}

/** Where an input comes from: `stage` undefined = the pipeline's inputs. */
export interface Source {
  /** As the file writes it. */
  readonly text: string;
  readonly stage: string | undefined;
  readonly tensor: string;
}

export interface StageNode {
  readonly name: string;
  readonly spec: StageSpec;
  readonly inputs: ReadonlyMap<string, Source>;
  /** The model of an onnx stage; undefined when it could not be read. */
  readonly signature: ModelSignature | undefined;
}

export type StageNodes = ReadonlyMap<string, StageNode>;

export function stageNode(name: string, spec: StageSpec, assets: PipelineAssets): StageNode {
  return { name, spec, inputs: sourcesOf(spec.inputs), signature: 'onnx' in spec ? assets.signatures.get(spec.onnx) : undefined };
}

export function sourcesOf(references: Readonly<Record<string, string>>): ReadonlyMap<string, Source> {
  return new Map(Object.entries(references).map(([name, text]) => [name, { text, ...parseReference(text) }]));
}

/** The stages a stage reads from, each once. */
export function readStages(node: StageNode): readonly string[] {
  return [...new Set([...node.inputs.values()].flatMap((source) => source.stage ?? []))];
}
