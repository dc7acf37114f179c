import { stat } from 'node:fs/promises';
import { PipelineFiles, loadPipelineFile, readFault } from '#common/adapters/system';
import { AppError } from '#common/errors';
import type { LoadedPipeline } from '#common/ports';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../output/console.ts';
import type { CommandBody } from './command.ts';

export interface ValidateOptions {
  /** Pipeline files or folders of them. */
  readonly paths: readonly string[];
}

/** `millrace validate pipelines`: every problem of every file at once. */
export const validateCommand: CommandBody<ValidateOptions> = async ({ paths }, { console }) => {
  const loaded: LoadedPipeline[] = [];
  for (const path of paths) loaded.push(...(await loadPath(path, loaded)));
  console.data(loaded.map(jsonVerdict));
  for (const verdict of loaded) console.say(formatVerdict(verdict));
  if (loaded.length === 0) console.complain(`No pipeline file (*.yaml) under ${paths.join(', ')}.`);
  return loaded.length > 0 && loaded.every((verdict) => 'pipeline' in verdict) ? EXIT.ok : EXIT.usage;
};

async function loadPath(path: string, before: readonly LoadedPipeline[]): Promise<readonly LoadedPipeline[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AppError('PARAMETER_INVALID', `"${path}" cannot be read: ${readFault(cause)}. Name a pipeline file or a folder of them.`, { cause });
  });
  return found.isDirectory() ? new PipelineFiles(path).load() : [await loadPipelineFile(path, { taken: namesOf(before) })];
}

function namesOf(loaded: readonly LoadedPipeline[]): ReadonlyMap<string, string> {
  return new Map(loaded.flatMap((verdict) => ('pipeline' in verdict ? [[verdict.pipeline.name, verdict.file]] : [])));
}

function jsonVerdict(verdict: LoadedPipeline): Record<string, unknown> {
  if ('error' in verdict) return { file: verdict.file, ok: false, problems: verdict.problems };
  const { name, version, stages } = verdict.pipeline;
  return { file: verdict.file, ok: true, pipeline: name, version, stages: stages.map((stage) => stage.name) };
}

function formatVerdict(verdict: LoadedPipeline): string {
  if ('error' in verdict) return `${paint('red', 'invalid')}  ${verdict.error.message}\n`;
  const { name, version, stages } = verdict.pipeline;
  return `${paint('green', 'valid')}    ${verdict.file}  ${name}@${version}, ${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}: ${stages.map((stage) => stage.name).join(' -> ')}`;
}
