import type { TensorSpec } from '#common/inference';
import type { StageOutput } from './compiled.ts';
import { ensembleOutputs } from './ensemble-outputs.ts';
import { topologicalOrder } from './order.ts';
import { findScatters } from './scatters.ts';
import type { Scatters } from './scatters.ts';
import type { OutputTypeSpec, PipelineSpec } from './spec.ts';
import { sourcesOf, stageNode } from './stage-node.ts';
import type { PipelineAssets, Source, StageNode, StageNodes } from './stage-node.ts';

/** Parts of a file that were too broken to be read. They exist; nothing is said about what hangs on them. */
export interface BrokenParts {
  readonly stages: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
  /** An output of the pipeline is broken, so what it reads is unknown. */
  readonly outputs: boolean;
}

export const NOTHING_BROKEN: BrokenParts = { stages: new Set(), inputs: new Set(), outputs: false };

/** A pipeline's stages by name, in file order, and what is known of every tensor. Shared by the checks and the compiler. */
export class PipelineGraph {
  readonly spec: PipelineSpec;
  readonly assets: PipelineAssets;
  readonly broken: BrokenParts;
  readonly stages: StageNodes;
  readonly outputs: ReadonlyMap<string, Source>;
  /** Topological; stages in or behind a circle are absent. */
  readonly order: readonly StageNode[];
  readonly scatters: Scatters;
  readonly #made = new Map<string, readonly StageOutput[] | undefined>();

  constructor(spec: PipelineSpec, assets: PipelineAssets, broken: BrokenParts = NOTHING_BROKEN) {
    this.spec = spec;
    this.assets = assets;
    this.broken = broken;
    this.stages = new Map(Object.entries(spec.stages).map(([name, stage]) => [name, stageNode(name, stage, assets)]));
    this.outputs = sourcesOf(spec.outputs);
    this.order = topologicalOrder(this.stages);
    this.scatters = findScatters(this.order);
  }

  /** What a stage makes; undefined when it cannot be known (unread model, broken stage, a circle). */
  outputsOf(name: string): readonly StageOutput[] | undefined {
    if (this.#made.has(name)) return this.#made.get(name);
    this.#made.set(name, undefined); // an ensemble in a circle finds itself unknown
    const node = this.stages.get(name);
    const outputs = node === undefined ? undefined : this.#outputsOf(node);
    this.#made.set(name, outputs);
    return outputs;
  }

  /** What a reference names as its maker declares it; undefined when unknown or missing. */
  typeOf(source: Source): StageOutput | undefined {
    if (source.stage !== undefined) return this.outputsOf(source.stage)?.find((output) => output.name === source.tensor);
    const type = Object.hasOwn(this.spec.inputs, source.tensor) ? this.spec.inputs[source.tensor] : undefined;
    return type === undefined ? undefined : { name: source.tensor, datatype: type.datatype, shape: type.shape };
  }

  /** The type of an input as it arrives: one element where the stage has `each` on it, any number of rows where it gathers it. */
  arrivingType(node: StageNode, input: string, source: Source): TensorSpec | undefined {
    const made = this.typeOf(source);
    if (made === undefined) return undefined;
    const rest = made.shape.slice(1);
    if (node.spec.each === input) return { name: input, datatype: made.datatype, shape: made.list === true ? made.shape : [1, ...rest] };
    if (this.gathersFrom(node, source)) return { name: input, datatype: made.datatype, shape: [-1, ...rest] };
    return { name: input, datatype: made.datatype, shape: made.shape };
  }

  /** True when the stage gathers and the source lies inside a scatter. */
  gathersFrom(node: StageNode, source: Source): boolean {
    return node.spec.gather === true && source.stage !== undefined && (this.scatters.inside.get(source.stage)?.size ?? 0) > 0;
  }

  #outputsOf(node: StageNode): readonly StageOutput[] | undefined {
    const { spec } = node;
    if ('ensemble' in spec) return ensembleOutputs([...node.inputs].map(([input, source]) => this.arrivingType(node, input, source)));
    if ('onnx' in spec && spec.after === undefined) return node.signature?.outputs;
    return spec.outputs === undefined ? undefined : Object.entries(spec.outputs).map(declared);
  }
}

/** zod's optional keys may hold undefined, which exact optional properties do not allow. */
function declared([name, type]: readonly [string, OutputTypeSpec]): StageOutput {
  return { name, datatype: type.datatype, shape: type.shape, ...(type.list === undefined ? {} : { list: type.list }) };
}
