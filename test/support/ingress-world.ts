import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIngress } from '#apps/ingress';
import type { Ingress, IngressConfig } from '#apps/ingress';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import type { EmbeddedEngine } from '#common/adapters/embedded';
import { SystemClock, SystemRandom } from '#common/adapters/system';
import { decodeEnvelope } from '#common/envelope';
import type { Envelope, Outcome } from '#common/envelope';
import { NO_MESSAGE_LIMITS } from '#common/payloads';
import type { MessageLimits } from '#common/payloads';
import type { CompiledPipeline } from '#common/pipeline';
import { groupName, pipelineTopics, topicName } from '#common/pipeline';
import { ListLog, catalogOf, workerReport } from './ingress-doubles.ts';

/** Says how a message to the pipeline's first stage ends its request; undefined = not at all, for now. */
export type Script = (envelope: Envelope, world: IngressWorld) => Outcome | undefined | Promise<Outcome | undefined>;

/** Settings, and the limits of messages: none unless set. */
type Changes = Partial<IngressConfig> & { readonly messageLimits?: MessageLimits };

/** A real ingress over a real embedded engine, with a scripted worker in place of real stages, so that a test decides when a request ends. */
export class IngressWorld {
  readonly engine: EmbeddedEngine;
  readonly log = new ListLog();
  readonly clock: SystemClock;
  readonly received: Envelope[] = [];
  url = '';
  ingress: Ingress | undefined;
  private readonly folder: string;

  private constructor(engine: EmbeddedEngine, clock: SystemClock, folder: string) {
    this.engine = engine;
    this.clock = clock;
    this.folder = folder;
  }

  static async start(pipeline: CompiledPipeline, script: Script, { messageLimits = NO_MESSAGE_LIMITS, ...changes }: Changes = {}): Promise<IngressWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-ingress-'));
    const clock = new SystemClock();
    const engine = await openEmbeddedEngine({ dataDir: folder, clock, log: new ListLog() });
    const world = new IngressWorld(engine, clock, folder);
    await world.runStages(pipeline, script);
    const config: IngressConfig = {
      host: '127.0.0.1', httpPort: 0, maxBody: 1_000_000, maxInFlight: 100, maxInFlightBytes: 10_000_000, drainMs: 5000, prefix: 'millrace', ...changes,
    };
    const { bus, replies, payloads, fleet } = engine;
    world.ingress = createIngress({ bus, replies, payloads, messageLimits, fleet, clock, random: new SystemRandom(), log: world.log, catalog: await catalogOf(pipeline), config });
    try {
      world.url = (await world.ingress.start()).url;
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async stop(): Promise<void> {
    await this.ingress?.stop();
    await this.engine.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async runStages(pipeline: CompiledPipeline, script: Script): Promise<void> {
    const { bus, fleet, replies } = this.engine;
    await bus.ensureTopics(pipelineTopics(pipeline, { partitions: 1 }));
    const atMs = Number.MAX_SAFE_INTEGER;
    for (const stage of pipeline.stages) await fleet.report(workerReport(pipeline, stage.name, { atMs }));
    const stage = pipeline.stages[0]?.name ?? '';
    await bus.subscribe({ group: groupName(pipeline.name, stage), topics: [topicName(pipeline.name, stage)], window: 256 }, (delivery) => {
      const envelope = decodeEnvelope(delivery.bytes);
      this.received.push(envelope);
      void Promise.resolve(script(envelope, this)).then(async (outcome) => {
        if (outcome !== undefined) await replies.complete(envelope.requestId, outcome);
        delivery.settle();
      });
    });
  }
}

/** The request's first tensor as its result, as the two-stage pipeline of the doubles binds it. */
export function echo(envelope: Envelope): Outcome {
  const timing = { attempt: 1, queueMs: 0.44, batchMs: 1, computeMs: 43.06, batchRows: 1 };
  const tensors = envelope.tensors.map((part) => ({ ...part, stage: 1, name: 'y' }));
  return { kind: 'result', atMs: Date.now(), timings: [{ ...timing, stage: 'first' }, { ...timing, stage: 'second' }], tensors };
}

/** A call of the two-stage pipeline, as JSON. */
export const BODY = JSON.stringify({ id: 'mine', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
export const INFER = '/v2/models/pair/infer';

export function post(to: IngressWorld, headers: Readonly<Record<string, string>> = {}, body: string | Uint8Array<ArrayBuffer> = BODY): Promise<Response> {
  return fetch(to.url + INFER, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

export async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
