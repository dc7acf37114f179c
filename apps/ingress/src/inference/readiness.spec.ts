import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { ListFleet, catalogOf, twoStagePipeline, workerReport } from '../../../../test/support/ingress-doubles.ts';
import { PipelineDirectory, Readiness } from './index.ts';

const pipeline = twoStagePipeline();

function setUp() {
  const clock = new FakeClock();
  const fleet = new ListFleet();
  return { clock, fleet, readiness: new Readiness(fleet, clock) };
}

const both = () => [workerReport(pipeline, 'first'), workerReport(pipeline, 'second')];

describe('a pipeline is ready', () => {
  it('when every stage has a ready worker', async () => {
    const { fleet, readiness } = setUp();
    fleet.reports = both();
    expect(await readiness.health(pipeline)).toEqual({ state: 'ready' });
  });

  it.each([
    ['a stage has none', [workerReport(pipeline, 'first')], 'stage "second" has no ready worker'],
    ['a worker still loads', [workerReport(pipeline, 'first'), workerReport(pipeline, 'second', { state: 'loading' })], 'stage "second" has no ready worker'],
    ['a worker has another version', [workerReport(pipeline, 'first', { version: 'ff' }), workerReport(pipeline, 'second')], 'stage "first" has no ready worker'],
    ['nobody is there', [], 'stage "first" has no ready worker; stage "second" has no ready worker'],
  ])('not while %s', async (_title, reports, reason) => {
    const { fleet, readiness } = setUp();
    fleet.reports = reports;
    expect(await readiness.health(pipeline)).toEqual({ state: 'loading', reason });
  });

  it('never when a worker could not start, and says why', async () => {
    const { fleet, readiness } = setUp();
    fleet.reports = [workerReport(pipeline, 'first'), workerReport(pipeline, 'second', { state: 'failed', reason: 'no such model' })];
    expect(await readiness.health(pipeline)).toEqual({ state: 'failed', reason: 'stage "second" failed to start: no such model' });
  });

  it('for a while longer when a worker is being replaced, and not for ever', async () => {
    const { clock, fleet, readiness } = setUp();
    fleet.reports = both();
    await readiness.health(pipeline);
    fleet.reports = [];
    clock.advance(4900);
    expect(await readiness.health(pipeline)).toEqual({ state: 'ready' });
    clock.advance(200);
    expect(await readiness.health(pipeline)).toMatchObject({ state: 'loading' });
  });

  it('as soon as the missing worker is there', async () => {
    const { clock, fleet, readiness } = setUp();
    await readiness.health(pipeline);
    fleet.reports = both();
    clock.advance(101);
    expect(await readiness.health(pipeline)).toEqual({ state: 'ready' });
  });
});

describe('the fleet', () => {
  it('is asked at most once a second however many requests come', async () => {
    const { clock, fleet, readiness } = setUp();
    fleet.reports = both();
    for (let request = 0; request < 100; request += 1) await readiness.health(pipeline);
    expect(fleet.asked).toBe(1);
    clock.advance(1001);
    for (let request = 0; request < 100; request += 1) await readiness.health(pipeline);
    expect(fleet.asked).toBe(2);
  });

  it('may be away for a moment without a refusal, and says so when it stays away', async () => {
    const { clock, fleet, readiness } = setUp();
    fleet.reports = both();
    await readiness.health(pipeline);
    fleet.failWith = new Error('the store is away');
    clock.advance(2000);
    expect(await readiness.health(pipeline)).toEqual({ state: 'ready' });
    clock.advance(4000);
    await expect(readiness.health(pipeline)).rejects.toThrow('the store is away');
  });
});

describe('the server is ready', () => {
  it('once nothing loads any more, and then as long as one pipeline is', async () => {
    const { clock, fleet, readiness } = setUp();
    const other = twoStagePipeline({ name: 'other' });
    const directory = new PipelineDirectory(await catalogOf(other, pipeline), readiness);
    fleet.reports = both();
    expect(await directory.serverHealth()).toEqual({ ready: false, pipelines: { other: 'loading', pair: 'ready' } });
    fleet.reports = [...both(), workerReport(other, 'first', { state: 'failed' }), workerReport(other, 'second')];
    clock.advance(1000);
    expect(await directory.serverHealth()).toEqual({ ready: true, pipelines: { other: 'failed', pair: 'ready' } });
    fleet.reports = both();
    clock.advance(10_000);
    expect(await directory.serverHealth()).toEqual({ ready: true, pipelines: { other: 'loading', pair: 'ready' } });
    fleet.reports = [];
    clock.advance(10_000);
    expect(await directory.serverHealth()).toMatchObject({ ready: false });
  });
});
