import { z } from 'zod';
import { DATATYPES } from '../inference/index.ts';
import type { Datatype } from '../inference/index.ts';

/**
 * The only definition of a pipeline file. `pipelines/schema.json` is generated from it, and every key's meaning and default is written here.
 * It refuses and never corrects: durations, file names and references stay the text they were; `compile` reads them.
 *
 * Terms. request: one call of a pipeline. pipeline: a versioned DAG from one YAML file and the files it names. stage: a node. hop: one
 * stage-to-stage message. part: one named tensor set travelling to a stage; a stage with several inputs joins parts. batch: requests
 * executed together. executor: one loaded copy of a stage's model or function. worker: a member of a stage's consumer group, holding
 * executors. replica: one unit the autoscaler adds or removes. attempt: one delivery of a part. outcome: the single terminal record.
 */

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
/** Declared here, so a plain identifier: a dot would read as `stage.tensor`. */
const TENSOR_NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]{0,127}$/;
/** A stage's input may be a model's own name (`input.1`, `serving_default_x:0`), which only has to be one word. */
const INPUT_NAME = /^(?!__proto__$)\S{1,256}$/;
/** `tensor` = an input of the pipeline, `stage.tensor` = an output of a stage; stage names hold no dot, model tensor names may. */
const REFERENCE = /^[^\s.]+(\.\S+)?$/;
const FUNCTION = /^\.\/[^#\\]+\.(mjs|js|mts|ts)#[A-Za-z_$][A-Za-z0-9_$]*$/;
const MODEL = /^(\.\/|npm:)[^#\\]+\.onnx$/;
const DURATION = /^\d+(\.\d+)?(ms|s|m|h)$/;
const POSITIVE_DURATION = /^(?!0+(\.0+)?[a-z])\d+(\.\d+)?(ms|s|m|h)$/;

// The messages of patterns end the sentence "expected ...".
const NAME_FORM = 'small letters, digits and dashes, at most 63, a letter or digit first';
const name = z.string().regex(NAME, NAME_FORM);
const tensorName = z.string().regex(TENSOR_NAME, 'letters, digits, dashes and underscores, a letter or underscore first');
const inputName = z.string().regex(INPUT_NAME, 'one word');
const duration = z.string().regex(POSITIVE_DURATION, 'a time above zero such as 150ms, 2s, 5m or 1h');
const reference = z.string().regex(REFERENCE, '`tensor` (an input of the pipeline) or `stage.tensor`');
const functionReference = z.string().regex(FUNCTION, 'a module beside the pipeline file and what it exports, such as ./functions/digits.mjs#scale');
const dimension = z.int().min(-1).max(2 ** 31 - 1);

const datatypeNames = Object.keys(DATATYPES) as [Datatype, ...Datatype[]];

const tensorType = {
  datatype: z.enum(datatypeNames).describe('Open Inference Protocol datatype of the elements.'),
  shape: z.array(dimension).max(16).describe('Dimensions, outermost first; -1 = any size. `[]` is a scalar.'),
};

const inputType = z.strictObject(tensorType).describe('Datatype and shape of one tensor a request brings.');

const outputType = z
  .strictObject({
    ...tensorType,
    list: z
      .literal(true)
      .optional()
      .describe('The stage returns an array of tensors of this type (each with its own size where the shape says -1). Only `each` reads it.'),
  })
  .describe('Datatype and shape of one tensor the stage makes.');

const declaredOutputs = z
  .record(tensorName, outputType)
  .refine(notEmpty, 'at least one entry').meta({ minProperties: 1 })
  .describe('The tensors the stage makes, by name.');

const batch = z
  .strictObject({
    max: z.int().min(1).max(1024).default(1).describe('Most rows (size of dimension 0) executed together. Default 1: one request at a time.'),
    within: z
      .string()
      .regex(DURATION, 'a time such as 0ms, 2ms or 1s')
      .default('0ms')
      .describe('How long the first request of a batch may wait for others, such as `2ms`. Default `0ms`: take what is there.'),
  })
  .describe('Executes several requests as one: their tensors are stacked on dimension 0, which must be -1.');

const retry = z
  .strictObject({
    attempts: z.int().min(1).max(10).default(3).describe('Executions in all, the first included. Default 3.'),
    backoff: duration.default('50ms').describe('First wait; it doubles each time, with full jitter. Default `50ms`.'),
  })
  .describe('What happens when the stage fails with a fault that may pass. Never beyond the deadline.');

const inputs = z
  .record(inputName, reference)
  .refine(notEmpty, 'at least one entry').meta({ minProperties: 1 })
  .describe('Where each input of the stage comes from: `tensor` (an input of the pipeline) or `stage.tensor`.');

const everyStage = {
  inputs,
  executors: z.int().min(1).max(64).default(1).describe('Loaded copies per worker, each in its own thread or process. Default 1.'),
  timeout: duration.default('30s').describe('Wall-clock limit of one execution; past it the executor is stopped and replaced. Default `30s`.'),
  retry: retry.default({ attempts: 3, backoff: '50ms' }),
  batch: batch.default({ max: 1, within: '0ms' }),
  join: z.literal('all').default('all').describe('A stage with several inputs waits for all of them. Default (and so far only) `all`.'),
  each: inputName
    .optional()
    .describe('Opens a scatter: the stage runs once per element of this input, a `list` output or a tensor cut along dimension 0 (each part keeps it, as 1).'),
  gather: z
    .literal(true)
    .optional()
    .describe('Ends a scatter: tensors from inside it arrive concatenated on dimension 0, in the order of the parts.'),
};

export const functionStageSpec = z
  .strictObject({
    function: functionReference.describe('A function of a module beside the pipeline file: `./functions/digits.mjs#scale`.'),
    ...everyStage,
    outputs: declaredOutputs,
    isolation: z
      .enum(['thread', 'process'])
      .default('thread')
      .describe('Where the function runs: a worker thread, or a child process for code that may crash the runtime. Default `thread`.'),
  })
  .describe('A stage that runs a function of yours.');

export const onnxStageSpec = z
  .strictObject({
    onnx: z
      .string()
      .regex(MODEL, 'an .onnx file: ./models/net.onnx, or npm:package/path/model.onnx')
      .describe('The model: `./models/net.onnx`, or `npm:package/path/model.onnx` for a file inside an installed package.'),
    before: functionReference.optional().describe("Runs before the model in the same thread and makes the model's inputs out of the stage's."),
    after: functionReference.optional().describe("Runs after the model in the same thread and makes the stage's `outputs` out of the model's."),
    ...everyStage,
    outputs: declaredOutputs.optional().describe("The tensors `after` makes. Without `after` the model's own outputs are used and must not be repeated."),
    'intra-op': z.int().min(1).max(64).default(1).describe('Threads ONNX Runtime uses inside one operator. Default 1.'),
    warmup: z
      .record(inputName, z.array(z.int().min(1).max(2 ** 31 - 1)).max(16))
      .refine(notEmpty, 'at least one entry').meta({ minProperties: 1 })
      .optional()
      .describe("Shape per model input: zeros of that shape are run once before the executor counts as ready, so that the first request isn't slow."),
  })
  .describe('A stage that runs an ONNX model.');

export const ensembleStageSpec = z
  .strictObject({
    ensemble: z
      .enum(['mean', 'weighted-mean', 'vote', 'max'])
      .describe('Combines the class probabilities of its members. Makes `probabilities` (their type) and `label` (INT64, the index of the highest).'),
    ...everyStage,
    weights: z
      .record(inputName, z.number().min(0).max(1e9))
      .optional()
      .describe('Weight per input; only for `weighted-mean`, which needs one for each.'),
  })
  .describe('A stage that combines what several models answered.');

/** Stage kinds by the key that says so, in the order of the union below. */
export const STAGE_KINDS = { ensemble: ensembleStageSpec, function: functionStageSpec, onnx: onnxStageSpec } as const;

const stage = z.union([STAGE_KINDS.ensemble, STAGE_KINDS.function, STAGE_KINDS.onnx]).describe('One node of the DAG: a function, a model or an ensemble.');

export const pipelineSpec = z
  .strictObject({
    pipeline: name.describe('Name of the pipeline; clients call `/v2/models/<name>/infer`.'),
    label: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dots, dashes and underscores, at most 63, such as v3').optional().describe('A name for this version beside its hash, such as `v3`.'),
    description: z.string().max(2000).optional().describe('One or two sentences for people.'),
    slo: z
      .strictObject({
        p99: duration.optional().describe('99 of 100 requests should take no longer, such as `150ms`.'),
        accuracy: z.number().gt(0).max(1).optional().describe('Lowest share of right answers the pipeline may be tuned down to.'),
      })
      .optional()
      .describe('What the pipeline promises. Deadlines never come from it.'),
    deadline: z
      .strictObject({
        sync: duration.default('10s').describe('For a caller that waits. Default `10s`.'),
        async: duration.default('1h').describe('For a caller that comes back. Default `1h`.'),
      })
      .default({ sync: '10s', async: '1h' })
      .describe('How long a request may take when the client names no time of its own.'),
    inputs: z
      .record(tensorName, inputType)
      .refine(notEmpty, 'at least one entry').meta({ minProperties: 1 })
      .describe('The tensors a request brings, by name.'),
    stages: z.record(name, stage).refine(notEmpty, 'at least one entry').meta({ minProperties: 1 }).describe('The nodes of the DAG, by name; `in` and `out` are reserved.'),
    outputs: z
      .record(tensorName, reference)
      .refine(notEmpty, 'at least one entry').meta({ minProperties: 1 })
      .describe('The tensors of the answer: `label: vote.label`.'),
  })
  .describe('A Millrace pipeline: models and functions as a DAG.');

export type PipelineSpec = z.infer<typeof pipelineSpec>;
export type StageSpec = PipelineSpec['stages'][string];
export type FunctionStageSpec = z.infer<typeof functionStageSpec>;
export type OnnxStageSpec = z.infer<typeof onnxStageSpec>;
export type EnsembleStageSpec = z.infer<typeof ensembleStageSpec>;
export type OutputTypeSpec = z.infer<typeof outputType>;

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `150ms`, `2s`, `1.5m`, `1h` in milliseconds; the text has passed the schema. */
export function durationMs(text: string): number {
  const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof MILLISECONDS;
  return Number.parseFloat(text) * MILLISECONDS[unit];
}

/** A reference taken apart; `stage` undefined = an input of the pipeline. Split at the first dot: stage names hold none. */
export function parseReference(text: string): { readonly stage: string | undefined; readonly tensor: string } {
  const dot = text.indexOf('.');
  return dot === -1 ? { stage: undefined, tensor: text } : { stage: text.slice(0, dot), tensor: text.slice(dot + 1) };
}

function notEmpty(record: object): boolean {
  return Object.keys(record).length > 0;
}
