import { SOURCE } from './compiled.ts';
import type { CompiledOutput, CompiledPipeline, CompiledStage, Edge, InputBinding, TensorRef } from './compiled.ts';
import { compileExecutor } from './compile-executor.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { PipelineGraph } from './graph.ts';
import { planHops } from './hops.ts';
import type { HopNode } from './hops.ts';
import { durationMs, parseReference } from './spec.ts';
import type { PipelineSpec } from './spec.ts';
import type { Source, StageNode } from './stage-node.ts';

/**
 * A checked pipeline in the frozen form everything runs on. `version` is the hash over the file and all it names. Call it only with a graph
 * that `checkPipeline` found nothing wrong with; otherwise it throws a RangeError.
 */
export function compilePipeline(graph: PipelineGraph, version: string): CompiledPipeline {
  const numbers = new Map(graph.order.map((node, index) => [node.name, index]));
  const refTo = (source: Source): TensorRef => ({ stage: source.stage === undefined ? SOURCE : must(numbers.get(source.stage), source.text), tensor: source.tensor });
  const nodes = graph.order.map((node) => hopNode(graph, node, refTo));
  const outputs = [...graph.outputs].map(([name, source]): CompiledOutput => {
    const { datatype, shape } = must(graph.typeOf(source), source.text);
    return { name, datatype, shape, from: refTo(source) };
  });
  const { members, edges } = planHops(nodes, outputs.map((output) => output.from));
  const stages = graph.order.map((node, index) =>
    compileStage(graph, node, {
      index,
      refTo,
      members: members[index] ?? [],
      next: edges.filter((edge) => edge.from === index),
      scattered: nodes[index]?.scattered,
    }),
  );
  return deepFreeze({
    ...header(graph.spec),
    version,
    inputs: Object.entries(graph.spec.inputs).map(([name, { datatype, shape }]) => ({ name, datatype, shape })),
    outputs,
    stages,
    entry: edges.filter((edge) => edge.from === SOURCE),
    answer: { members: members[stages.length] ?? [] },
    files: [...graph.assets.files.values()],
  });
}

function header(spec: PipelineSpec): Pick<CompiledPipeline, 'name' | 'label' | 'description' | 'slo' | 'deadline'> {
  const { label, description, slo, deadline } = spec;
  const promise = { ...(slo?.p99 === undefined ? {} : { p99Ms: durationMs(slo.p99) }), ...(slo?.accuracy === undefined ? {} : { accuracy: slo.accuracy }) };
  return {
    name: spec.pipeline,
    ...(label === undefined ? {} : { label }),
    ...(description === undefined ? {} : { description }),
    ...(slo === undefined ? {} : { slo: promise }),
    deadline: { syncMs: durationMs(deadline.sync), asyncMs: durationMs(deadline.async) },
  };
}

function hopNode(graph: PipelineGraph, node: StageNode, refTo: (source: Source) => TensorRef): HopNode {
  const reads = new Map([...node.inputs.values()].map((source) => [source.text, refTo(source)]));
  const [scattered] = graph.scatters.inside.get(node.name) ?? [];
  const [gathers] = graph.scatters.gathers.get(node.name) ?? [];
  const scatterRef = (text: string): TensorRef => refTo({ text, ...parseReference(text) });
  return {
    reads: [...reads.values()],
    ...(scattered === undefined ? {} : { scattered: scatterRef(scattered) }),
    ...(gathers === undefined ? {} : { gathers: scatterRef(gathers) }),
  };
}

interface StagePlace {
  readonly index: number;
  readonly refTo: (source: Source) => TensorRef;
  readonly members: readonly number[];
  readonly next: readonly Edge[];
  readonly scattered: TensorRef | undefined;
}

function compileStage(graph: PipelineGraph, node: StageNode, place: StagePlace): CompiledStage {
  const { spec } = node;
  return {
    index: place.index,
    name: node.name,
    executor: compileExecutor(node, graph.assets),
    inputs: [...node.inputs].map(([name, source]) => binding(graph, node, { name, source, from: place.refTo(source) })),
    outputs: must(graph.outputsOf(node.name), node.name),
    members: place.members,
    join: { mode: spec.join },
    next: place.next,
    ...(place.scattered === undefined ? {} : { scattered: place.scattered }),
    batch: { max: spec.batch.max, withinMs: durationMs(spec.batch.within) },
    timeoutMs: durationMs(spec.timeout),
    retry: { attempts: spec.retry.attempts, backoffMs: durationMs(spec.retry.backoff) },
    executors: spec.executors,
  };
}

function binding(graph: PipelineGraph, node: StageNode, input: { name: string; source: Source; from: TensorRef }): InputBinding {
  const { name, source, from } = input;
  const arriving = must(graph.arrivingType(node, name, source), source.text);
  const takes = 'onnx' in node.spec && node.spec.before === undefined ? node.signature?.inputs.find((tensor) => tensor.name === name) : undefined;
  return {
    name,
    from,
    spec: takes ?? arriving,
    ...(graph.gathersFrom(node, source) ? { gathered: true as const } : {}),
  };
}

/** What the checks guarantee; a hole here is a fault of theirs, not of the user. */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`"${what}" is unknown: a check let a bad pipeline through`);
  return value;
}
