import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '#common/errors';
import type { PipelineFile } from '#common/pipeline';

/**
 * Reads a file of a pipeline and refuses it (EXECUTOR_LOAD_FAILED) when it is gone or no longer the one the pipeline was compiled from:
 * a request runs on the version it was accepted with, never on whatever lies there now.
 */
export async function readPinned(file: PipelineFile): Promise<Uint8Array> {
  const bytes = await readFile(file.location).catch((cause: unknown) => {
    throw new AppError('EXECUTOR_LOAD_FAILED', `Cannot read "${file.path}" at ${file.location}: ${reasonOf(cause)}.`, { cause });
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== file.sha256) {
    throw new AppError(
      'EXECUTOR_LOAD_FAILED',
      `"${file.path}" has changed since its pipeline was loaded: expected SHA-256 ${file.sha256.slice(0, 16)}, found ${sha256.slice(0, 16)}. Reload the pipeline.`,
    );
  }
  return bytes;
}

/** As `readPinned`, for a module and every file it imports by relative path. */
export async function checkPinnedModule(module: PipelineFile): Promise<void> {
  await Promise.all([module, ...(module.imports ?? [])].map(readPinned));
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
