import type { BrokenPipeline } from '#common/catalog';
import { formatTensorType } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import { paint } from '../output/console.ts';
import type { LoadFailure } from './workers-unit.ts';

export interface BannerFacts {
  readonly url: string;
  readonly pipelines: readonly CompiledPipeline[];
  readonly broken: readonly BrokenPipeline[];
  readonly failures: readonly LoadFailure[];
  readonly startedInMs: number;
}

/** What a person sees when the server is ready: where it is, what it serves, what is wrong, and a call that works. */
export function formatBanner({ url, pipelines, broken, failures, startedInMs }: BannerFacts): string {
  const failed = new Set(failures.map((failure) => failure.pipeline));
  return [
    `${paint('bold', 'Millrace')} is ready after ${(startedInMs / 1000).toFixed(1)} s`,
    `  REST  ${paint('cyan', url)}   models ${url}/v2/models   health ${url}/v2/health/ready`,
    '',
    ...pipelines.map((pipeline) => pipelineLine(pipeline, failed.has(pipeline.name))),
    ...failures.map(({ pipeline, stage, reason }) => `  ${paint('red', `${pipeline}/${stage} could not be loaded`)}: ${reason}`),
    ...broken.map(brokenLines),
    ...tryIt(url, pipelines.filter((pipeline) => !failed.has(pipeline.name))),
    '',
  ].join('\n');
}

function pipelineLine(pipeline: CompiledPipeline, failed: boolean): string {
  const takes = pipeline.inputs.map((input) => `${input.name} ${formatTensorType(input)}`).join(', ');
  const gives = pipeline.outputs.map((output) => `${output.name} ${formatTensorType(output)}`).join(', ');
  return `  ${failed ? paint('red', 'not ready') : paint('green', 'ready')}  ${pipeline.name}@${pipeline.version}  ${takes} -> ${gives}`;
}

function brokenLines({ file, error, keeps }: BrokenPipeline): string {
  const note = keeps === undefined ? '' : ` (keeps serving ${keeps.name}@${keeps.version})`;
  return `  ${paint('red', 'invalid')}  ${file}${note}\n${error.message}`;
}

/** A call that works as printed: for the pipeline whose inputs are smallest to write down. */
function tryIt(url: string, pipelines: readonly CompiledPipeline[]): string[] {
  const candidates = pipelines.filter(({ inputs }) => inputs.length === 1 && inputs[0]?.datatype !== 'BYTES');
  const [pipeline] = candidates.toSorted((left, right) => Number(right.name === 'digits') - Number(left.name === 'digits'));
  const [input] = pipeline?.inputs ?? [];
  if (pipeline === undefined || input === undefined) return [];
  const shape = input.shape.map((dim) => (dim === -1 ? 1 : dim));
  const count = shape.reduce((product, dim) => product * dim, 1);
  const value = input.datatype === 'BOOL' ? 'true' : '1';
  const body = `{"inputs":[{"name":"${input.name}","datatype":"${input.datatype}","shape":[${shape.join(',')}],"data":[${Array.from({ length: count }, () => value).join(',')}]}]}`;
  return ['', 'Try it:', `  curl -s ${url}/v2/models/${pipeline.name}/infer -d '${body}'`];
}
