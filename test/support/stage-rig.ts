import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import type { EmbeddedEngine } from '#common/adapters/embedded';
import { loadPipelineFile, SystemRandom } from '#common/adapters/system';
import type { Envelope, Outcome } from '#common/envelope';
import { fromTypedArray, toTypedArray } from '#common/inference';
import type { Parameters, Tensor } from '#common/inference';
import { deadLetterTopicName, pipelineTopics, routeEntry, topicName } from '#common/pipeline';
import type { CompiledPipeline } from '#common/pipeline';
import { ClaimChecks, NO_MESSAGE_LIMITS } from '#common/payloads';
import type { MessageLimits } from '#common/payloads';
import type { BusRecord, KeptRecord } from '#common/ports';
import type { PooledExecutor } from '../../apps/stage-worker/src/executors/index.ts';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { StageWorker, stageScope } from '../../apps/stage-worker/src/worker/index.ts';
import type { StageScope, UnknownVersion } from '../../apps/stage-worker/src/worker/index.ts';
import { FakeClock } from './fake-clock.ts';
import { KeptLog } from './stages.ts';

const FUNCTIONS = fileURLToPath(new URL('../fixtures/functions/worker-stages.mjs', import.meta.url));
const PARTITIONS = 2;
const DEADLINE_MS = 10_000;

export interface RigOptions {
  /** The pipeline file; `./f.mjs` is test/fixtures/functions/worker-stages.mjs. */
  readonly yaml: string;
  /** Executors by stage; the real ones for stages that are not named. */
  readonly executors?: Readonly<Record<string, PooledExecutor>>;
  readonly unknownVersion?: UnknownVersion;
  /** None unless set. */
  readonly messageLimits?: MessageLimits;
  /** Puts something between the workers and the engine. */
  readonly between?: (scope: StageScope) => StageScope;
}

export interface SubmitOptions {
  /** From now, milliseconds; 10 s unless set. */
  readonly deadlineMs?: number;
  readonly parameters?: Parameters;
  /** Changes each first message before it is published. */
  readonly change?: (envelope: Envelope) => Envelope;
}

export interface Submitted {
  readonly requestId: string;
  readonly records: readonly BusRecord[];
  readonly outcome: Promise<Outcome>;
}

/** The workers of one pipeline over the real embedded engine, with a clock that the test moves. */
export class StageRig {
  readonly clock = new FakeClock();
  readonly log = new KeptLog();
  readonly pipeline: CompiledPipeline;
  readonly #random = new SystemRandom();
  readonly #options: RigOptions;
  readonly #folder: string;
  readonly #workers = new Map<string, StageWorker[]>();
  readonly #closing = new AbortController();
  #engine: EmbeddedEngine | undefined;

  private constructor(folder: string, pipeline: CompiledPipeline, options: RigOptions) {
    this.#folder = folder;
    this.pipeline = pipeline;
    this.#options = options;
  }

  /** Compiles the pipeline and starts a worker for each stage. */
  static async open(options: RigOptions): Promise<StageRig> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-rig-'));
    const file = join(folder, 'pipeline.yaml');
    await copyFile(FUNCTIONS, join(folder, 'f.mjs'));
    await writeFile(file, options.yaml);
    const loaded = await loadPipelineFile(file);
    if (!('pipeline' in loaded)) throw loaded.error;
    const rig = new StageRig(folder, loaded.pipeline, options);
    await rig.#start();
    return rig;
  }

  get #limits(): MessageLimits {
    return this.#options.messageLimits ?? NO_MESSAGE_LIMITS;
  }

  get engine(): EmbeddedEngine {
    if (this.#engine === undefined) throw new Error('the rig is not open');
    return this.#engine;
  }

  worker(stage: string): StageWorker {
    const worker = this.#workers.get(stage)?.at(-1);
    if (worker === undefined) throw new Error(`no worker of stage "${stage}"`);
    return worker;
  }

  /** Starts one more worker of a stage. */
  async addWorker(name: string, executor?: PooledExecutor): Promise<StageWorker> {
    const stage = this.pipeline.stages.find((each) => each.name === name);
    if (stage === undefined) throw new Error(`no stage "${name}"`);
    const { clock, log, engine, pipeline } = this;
    const { bus, replies, joins, payloads, fleet } = engine;
    const others = this.#workers.get(name) ?? [];
    const ports = { bus, replies, joins, payloads, messageLimits: this.#limits, clock, random: this.#random, log };
    const scope = stageScope({ pipeline, stage, workerId: `${name}-${String(others.length)}`, prefix: undefined }, ports);
    const worker = new StageWorker({
      scope: this.#options.between?.(scope) ?? scope,
      executor: executor ?? this.#options.executors?.[name] ?? (await createStageExecutor(pipeline, stage, { clock, log, environment: {} })),
      fleet,
      unknownVersion: this.#options.unknownVersion ?? 'park',
    });
    this.#workers.set(name, [...others, worker]);
    await worker.start();
    return worker;
  }

  /** Accepts a request and publishes its first messages, as an ingress does. */
  async submit(inputs: Readonly<Record<string, Tensor>>, options: SubmitOptions = {}): Promise<Submitted> {
    const { pipeline } = this;
    const { bus, replies, payloads } = this.engine;
    const claims = new ClaimChecks({ payloads, limits: this.#limits });
    const requestId = this.#random.requestId();
    const acceptedAtMs = this.clock.clusterNow();
    const deadlineMs = acceptedAtMs + (options.deadlineMs ?? DEADLINE_MS);
    const messages = routeEntry(pipeline, inputs).map(({ to, tensors, scatter }): Envelope => {
      const envelope: Envelope = {
        requestId, pipeline: pipeline.name, version: pipeline.version, tenant: 'test', stage: to, from: -1, run: 0, attempt: 1,
        acceptedAtMs, deadlineMs, publishedAtMs: acceptedAtMs, notBeforeMs: 0, ...(scatter === undefined ? {} : { scatter }),
        traceparent: '', tracestate: '', parameters: options.parameters ?? {}, timings: [], tensors,
      };
      return options.change?.(envelope) ?? envelope;
    });
    const records = (await claims.deposit({ requestId, deadlineMs }, messages).store()).map((envelope): BusRecord => {
      const topic = topicName(pipeline.name, pipeline.stages[envelope.stage]?.name ?? '');
      return { topic, key: requestId, bytes: claims.encode(envelope, topic) };
    });
    await replies.accept({ requestId, tenant: 'test', pipeline: pipeline.name, version: pipeline.version, mode: 'sync', acceptedAtMs, deadlineMs, keepUntilMs: deadlineMs + 3_600_000, entry: records });
    const outcome = replies.wait(requestId, this.#closing.signal);
    // A test that ends before its request does has nobody to tell.
    outcome.catch(() => undefined);
    await bus.publish(records);
    return { requestId, records, outcome };
  }

  deadLetters(stage: string): Promise<readonly KeptRecord[]> {
    return this.engine.bus.browse(deadLetterTopicName(this.pipeline.name, stage), 0, 0, 100);
  }

  /** Unsettled records of a stage's topic. */
  async lag(stage: string): Promise<number> {
    const topic = topicName(this.pipeline.name, stage);
    const [lag] = await this.engine.bus.lag(topic, [topic]);
    return (lag?.partitions ?? []).reduce((sum, each) => sum + each, 0);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#workers.values()].flat().map((worker) => worker.stop()));
    await this.#engine?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    this.#engine = await openEmbeddedEngine({ dataDir: join(this.#folder, 'data'), clock: this.clock, log: this.log, lockWaitMs: 0 });
    await this.#engine.bus.ensureTopics(pipelineTopics(this.pipeline, { partitions: PARTITIONS }));
    await Promise.all(this.pipeline.stages.map(({ name }) => this.addWorker(name)));
  }
}

export function int64(...values: number[]): Tensor {
  return fromTypedArray('INT64', [values.length], BigInt64Array.from(values, BigInt));
}

/** The numbers of one tensor of a result, by its producer's name for it. */
export function numbersIn(outcome: Outcome, name: string): number[] {
  if (outcome.kind !== 'result') throw new Error(`expected a result, got ${outcome.kind}: ${outcome.error.code} ${outcome.error.message}`);
  const found = outcome.tensors.find((each) => each.name === name);
  if (found === undefined || !('bytes' in found.tensor)) throw new Error(`no tensor "${name}" in the outcome`);
  return Array.from(toTypedArray(found.tensor) as BigInt64Array, Number);
}
