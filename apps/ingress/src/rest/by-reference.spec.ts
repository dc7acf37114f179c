import { afterEach, expect, it } from '@jest/globals';
import { isByReference } from '#common/envelope';
import { BODY, IngressWorld, echo, json, post } from '../../../../test/support/ingress-world.ts';
import { twoStagePipeline } from '../../../../test/support/ingress-doubles.ts';

let world: IngressWorld;

afterEach(() => world.stop());

it('an input above the limit is stored and travels by reference, and a result by reference is read before it is answered', async () => {
  world = await IngressWorld.start(twoStagePipeline(), echo, { messageLimits: { inlineBytes: 4, messageBytes: Infinity } });
  const answer = await post(world);
  expect([answer.status, await json(answer)]).toEqual([200, expect.objectContaining({ outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] })]);
  expect(world.received[0]?.tensors.map(({ tensor }) => isByReference(tensor) && tensor.ref.size)).toEqual([8]);
});

it('a result whose payload is lost is told as such', async () => {
  const lost = { key: 'lost/1-0', size: 8, sha256: 'f'.repeat(64) };
  world = await IngressWorld.start(twoStagePipeline(), (envelope) => {
    const outcome = echo(envelope);
    return outcome.kind === 'result' ? { ...outcome, tensors: outcome.tensors.map((part) => ({ ...part, tensor: { datatype: 'FP32', shape: [1, 2], ref: lost } })) } : outcome;
  });
  const answer = await post(world);
  expect([answer.status, (await json(answer))['code']]).toEqual([500, 'PAYLOAD_LOST']);
});

it('a request whose message the bus would not take is refused with 413 and the numbers to change, and nothing of it runs', async () => {
  world = await IngressWorld.start(twoStagePipeline(), echo, { messageLimits: { inlineBytes: 4, messageBytes: 400 } });
  const parameters = { note: 'n'.repeat(400) };
  const answer = await post(world, {}, JSON.stringify({ ...(JSON.parse(BODY) as object), parameters }));
  expect([answer.status, await json(answer)]).toEqual([413, expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE', error: expect.stringMatching(/MILLRACE_CLAIM_CHECK_BYTES.*MILLRACE_KAFKA_MAX_RECORD_BYTES/) })]);
  expect(world.received).toEqual([]);
});
