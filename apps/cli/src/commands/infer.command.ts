import type { InferResponse } from '#common/inference';
import { OipClient } from '../client/oip-client.ts';
import type { Refusal } from '../client/oip-client.ts';
import { readInputs } from '../client/input-values.ts';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../output/console.ts';
import { formatAnswer, plainValues } from '../output/format-answer.ts';
import type { CommandBody } from './command.ts';

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
    const { response, requestId, serverTiming } = answer;
    console.data({ ok: true, requestId, tookMs, outputs: jsonOutputs(response) });
    console.say(formatAnswer({ response, tookMs, serverTiming }));
    return EXIT.ok;
  } finally {
    await client.close();
  }
};

function formatRefusal({ status, code, message, requestId }: Refusal): string {
  return `${paint('red', code, process.stderr)} (HTTP ${status})  ${message}${requestId === undefined ? '' : `\n  request ${requestId}`}`;
}

function jsonOutputs(response: InferResponse): Record<string, unknown> {
  return Object.fromEntries(Object.entries(response.outputs).map(([name, tensor]) => [name, { datatype: tensor.datatype, shape: tensor.shape, data: plainValues(tensor) }]));
}
