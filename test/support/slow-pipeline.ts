/** Calls of the fixture pipeline `slow`, whose answer is the input times 2 plus 1. */

export async function submitSlow(url: string, value: number): Promise<{ id: string } | { refused: number }> {
  const answer = await fetch(`${url}/v2/models/slow/infer`, {
    method: 'POST',
    headers: { prefer: 'respond-async' },
    body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [value] }] }),
  });
  const id = answer.headers.get('millrace-request-id');
  await answer.arrayBuffer();
  return answer.status === 202 && id !== null ? { id } : { refused: answer.status };
}

/** What `slow` must answer to `value`, as `readSlowOutcome` shows it. */
export function slowResult(value: number): string {
  return JSON.stringify([value * 2 + 1]);
}

/** The result's values as JSON text, an error's code, or undefined while the request runs. */
export async function readSlowOutcome(url: string, id: string): Promise<string | undefined> {
  const status = (await (await fetch(`${url}/v2/requests/${id}`)).json()) as { state: string };
  if (status.state === 'queued' || status.state === 'running') return undefined;
  const body = (await (await fetch(`${url}/v2/requests/${id}/result`)).json()) as { outputs?: { data: unknown }[]; code?: string };
  return body.outputs === undefined ? String(body.code) : JSON.stringify(body.outputs[0]?.data);
}
