import { bytesElements, formatTensorType, toTypedArray } from '#common/inference';
import type { InferResponse, Tensor } from '#common/inference';
import { OipClient } from '../client/oip-client.ts';
import type { Refusal } from '../client/oip-client.ts';
import { readInputs } from '../client/input-values.ts';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../output/console.ts';
import type { CommandBody } from './command.ts';

/** Rows of a tensor shown to people; `--json` has them all. */
const SHOWN_ROWS = 20;
const SHOWN_VALUES = 10;

export interface InferOptions {
  readonly pipeline: string;
  /** `name=@file` or `name=value`. */
  readonly values: readonly string[];
  readonly url: string;
}

/** `millrace infer ocr image=@receipt.png`: one call, the answer as people or scripts want it. */
export const inferCommand: CommandBody<InferOptions> = async ({ pipeline, values, url }, { console }) => {
  const client = new OipClient({ url, connections: 1 });
  try {
    const metadata = await client.metadata(pipeline);
    const inputs = await readInputs(metadata.inputs, values);
    const call = client.encode(pipeline, { parameters: {}, inputs, binaryOutput: true }, 'binary');
    const startedMs = performance.now();
    const answer = await client.infer(call);
    const tookMs = performance.now() - startedMs;
    if (!answer.ok) {
      console.data({ ok: false, ...answer.refusal });
      console.complain(formatRefusal(answer.refusal));
      return EXIT.failed;
    }
    console.data({ ok: true, requestId: answer.requestId, tookMs, outputs: jsonOutputs(answer.response) });
    console.say(formatResponse(answer.response, answer.serverTiming, tookMs));
    return EXIT.ok;
  } finally {
    await client.close();
  }
};

function formatRefusal({ status, code, message, requestId }: Refusal): string {
  return `${paint('red', code)} (HTTP ${status})  ${message}${requestId === undefined ? '' : `\n  request ${requestId}`}`;
}

function jsonOutputs(response: InferResponse): Record<string, unknown> {
  return Object.fromEntries(Object.entries(response.outputs).map(([name, tensor]) => [name, { datatype: tensor.datatype, shape: tensor.shape, data: plainValues(tensor) }]));
}

function formatResponse(response: InferResponse, serverTiming: string | undefined, tookMs: number): string {
  const blocks = Object.entries(response.outputs).map(([name, tensor]) => `${paint('bold', name)}  ${formatTensorType(tensor)}\n${formatValues(tensor)}`);
  const timing = serverTiming === undefined ? '' : `\n${paint('dim', serverTiming)}`;
  return `${blocks.join('\n')}\n${paint('dim', `${response.pipeline}@${response.version} answered in ${tookMs.toFixed(1)} ms`)}${timing}`;
}

/** One line per row of the first axis, cut to what a screen holds. */
function formatValues(tensor: Tensor): string {
  const values = plainValues(tensor);
  const rows = tensor.shape[0] ?? 1;
  const width = rows === 0 ? 0 : values.length / rows;
  const lines: string[] = [];
  for (let row = 0; row < Math.min(rows, SHOWN_ROWS); row++) {
    const shown = values.slice(row * width, row * width + Math.min(width, SHOWN_VALUES));
    lines.push(`  ${shown.map(formatValue).join('  ')}${width > SHOWN_VALUES ? '  ...' : ''}`);
  }
  if (rows > SHOWN_ROWS) lines.push(`  ... ${rows - SHOWN_ROWS} more rows (--json shows all)`);
  return lines.join('\n');
}

function formatValue(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(5) : String(value);
}

function plainValues(tensor: Tensor): unknown[] {
  if (tensor.datatype === 'BYTES') return bytesElements(tensor).map((element) => new TextDecoder().decode(element));
  if (tensor.datatype === 'BOOL') return [...tensor.bytes].map((value) => value !== 0);
  return [...(toTypedArray(tensor) as Iterable<number | bigint>)];
}
