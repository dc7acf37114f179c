import type { BrokenPipeline } from '#common/catalog';
import { formatTensorType } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import { paint } from '../output/console.ts';
import type { LoadFailure } from './workers-unit.ts';

export interface BannerFacts {
  readonly url: string;
  readonly adminUrl: string;
  readonly pipelines: readonly CompiledPipeline[];
  readonly broken: readonly BrokenPipeline[];
  readonly failures: readonly LoadFailure[];
  /** Where the pipeline files were looked for. */
  readonly folder: string;
  readonly startedInMs: number;
}

/** What a person sees when the server is ready: where it is, what it serves, what is wrong, and a call that works. */
export function formatBanner({ url, adminUrl, pipelines, broken, failures, folder, startedInMs }: BannerFacts): string {
  const failed = new Set(failures.map((failure) => failure.pipeline));
  const serving = pipelines.filter((pipeline) => !failed.has(pipeline.name));
  return [
    `${paint('bold', 'Millrace')} is ready after ${(startedInMs / 1000).toFixed(1)} s: ${count(serving.length, 'pipeline')} served${summariseTrouble(failed.size, broken.length)}`,
    `  page   ${paint('cyan', url)}`,
    `  REST   ${url}/v2   (health: ${url}/v2/health/ready)`,
    `  admin  ${adminUrl}/admin/runtime`,
    '',
    ...(pipelines.length + broken.length === 0 ? [`  No pipeline file (*.yaml) in ${folder}. Write one with: npm run millrace -- init model.onnx`] : []),
    ...pipelines.map((pipeline) => pipelineLine(pipeline, failed.has(pipeline.name))),
    ...failures.map(({ pipeline, stage, reason }) => `  ${paint('red', 'failed   ')}  stage "${stage}" of ${pipeline}: ${reason}`),
    ...broken.map(brokenLines),
    ...tryIt(url, serving),
    '',
    paint('dim', 'Ctrl-C finishes what is in hand and stops.'),
    '',
  ].join('\n');
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function summariseTrouble(failed: number, broken: number): string {
  return [...(failed > 0 ? [`, ${failed} failed to load`] : []), ...(broken > 0 ? [`, ${count(broken, 'file')} invalid`] : [])].join('');
}

function pipelineLine(pipeline: CompiledPipeline, failed: boolean): string {
  const takes = pipeline.inputs.map((input) => `${input.name} ${formatTensorType(input)}`).join(', ');
  const gives = pipeline.outputs.map((output) => `${output.name} ${formatTensorType(output)}`).join(', ');
  return `  ${failed ? paint('red', 'not ready') : paint('green', 'ready    ')}  ${paint('bold', pipeline.name)}  ${takes} -> ${gives}`;
}

function brokenLines({ error, keeps }: BrokenPipeline): string {
  const note = keeps === undefined ? '' : `\n  (keeps serving ${keeps.name}@${keeps.version})`;
  return `  ${paint('red', 'invalid  ')}  ${error.message}${note}\n`;
}

/** A call that works as printed: for the pipeline whose inputs are smallest to write down. */
function tryIt(url: string, pipelines: readonly CompiledPipeline[]): string[] {
  const candidates = pipelines.filter(({ inputs }) => inputs.length === 1 && inputs[0]?.datatype !== 'BYTES');
  const [pipeline] = candidates.toSorted((left, right) => Number(right.name === 'digits') - Number(left.name === 'digits'));
  const [input] = pipeline?.inputs ?? [];
  if (pipeline === undefined || input === undefined) return [];
  const shape = input.shape.map((dim) => (dim === -1 ? 1 : dim));
  const size = shape.reduce((product, dim) => product * dim, 1);
  const value = input.datatype === 'BOOL' ? 'true' : '1';
  const body = `{"inputs":[{"name":"${input.name}","datatype":"${input.datatype}","shape":[${shape.join(',')}],"data":[${Array.from({ length: size }, () => value).join(',')}]}]}`;
  return ['', 'Try it:', `  curl -s ${url}/v2/models/${pipeline.name}/infer -d '${body}'`];
}
