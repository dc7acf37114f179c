// Runs inside every host, thread or process: loads one executor and answers calls one at a time. Nothing reachable from here may need
// more than type stripping to run from source, so no decorators. An error outside a call is not caught: the host dies and is replaced.
import { toAppError, toErrorInfo } from '#common/errors';
import type { ErrorCode, ErrorInfo } from '#common/errors';
import type { NamedTensors } from '#common/inference';
import { makeExecutor } from '../executors/index.ts';
import type { StageExecutor } from '../executors/index.ts';
import { openHostChannel } from './host-channel.ts';
import type { CallMessage, LoadMessage } from './messages.ts';
import { packTensors, transferOf, unpackTensors } from './packed-tensors.ts';

const channel = openHostChannel();
/** Aborts do not cross the channel: a host that must stop is killed. */
const NEVER_ABORTED = new AbortController().signal;

let stage = '';
let executor: StageExecutor | undefined;

channel.onMessage((message) => {
  if (message.kind === 'call') void answer(message);
  else if (message.kind === 'load') void load(message);
  else void unload();
});

async function load(message: LoadMessage): Promise<void> {
  stage = message.stage.name;
  const log = {
    write: (level, text, fields) => channel.post({ kind: 'log', level, message: text, ...(fields === undefined ? {} : { fields }) }, []),
  } satisfies Parameters<typeof makeExecutor>[0]['log'];
  try {
    const made = await makeExecutor({ pipeline: message.pipeline, version: message.version, stage: message.stage, log });
    await made.load();
    executor = made;
    channel.post({ kind: 'ready', description: made.describe() }, []);
  } catch (thrown) {
    channel.post({ kind: 'failed', error: errorInfo(thrown, 'EXECUTOR_LOAD_FAILED') }, []);
  }
}

async function answer(message: CallMessage): Promise<void> {
  try {
    if (executor === undefined) throw new Error('A call came before the executor was ready.');
    const { parameters, requestIds, remainingMs } = message;
    // Inputs have no lists: only outputs may be declared as one.
    const inputs = unpackTensors(message.inputs) as NamedTensors;
    const outputs = packTensors(await executor.execute({ inputs, parameters, requestIds, remainingMs }, NEVER_ABORTED));
    channel.post({ kind: 'done', outputs }, transferOf(outputs));
  } catch (thrown) {
    channel.post({ kind: 'error', error: errorInfo(thrown, 'STAGE_FAILED') }, []);
  }
}

async function unload(): Promise<void> {
  await executor?.unload();
  process.exit(0);
}

function errorInfo(thrown: unknown, fallback: ErrorCode): ErrorInfo {
  return { stage, ...toErrorInfo(toAppError(thrown, fallback)) };
}
