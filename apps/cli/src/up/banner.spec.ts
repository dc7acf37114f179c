import { describe, expect, it } from '@jest/globals';
import { loadPipelineFile } from '#common/adapters/system';
import type { BrokenPipeline } from '#common/catalog';
import { parseInferRequest } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import { formatBanner } from './banner.ts';
import type { BannerFacts } from './banner.ts';

async function pipeline(name: string): Promise<CompiledPipeline> {
  const loaded = await loadPipelineFile(`pipelines/${name}.yaml`);
  if ('error' in loaded) throw loaded.error;
  return loaded.pipeline;
}

async function broken(path: string): Promise<BrokenPipeline> {
  const loaded = await loadPipelineFile(path);
  if ('error' in loaded) return loaded;
  throw new Error(`${path} is valid`);
}

const banner = (facts: Partial<BannerFacts>): string =>
  formatBanner({ url: 'http://127.0.0.1:8080', adminUrl: 'http://127.0.0.1:8082', pipelines: [], broken: [], failures: [], folder: './pipelines', startedInMs: 1234, ...facts });

describe('the banner', () => {
  it('prints a call whose body the protocol and the pipeline accept', async () => {
    const text = banner({ pipelines: [await pipeline('chain'), await pipeline('digits')] });
    const [, url, body = ''] = /curl -s (\S+) -d '(.*)'/.exec(text) ?? [];
    expect(url).toBe('http://127.0.0.1:8080/v2/models/digits/infer');
    expect(parseInferRequest(new TextEncoder().encode(body), undefined).inputs['pixels']).toMatchObject({ datatype: 'FP32', shape: [1, 64] });
  });

  it('names the addresses and counts what is served', async () => {
    const text = banner({ pipelines: [await pipeline('chain')] });
    expect(text).toContain('Millrace is ready after 1.2 s: 1 pipeline served\n  page   http://127.0.0.1:8080\n');
    expect(text).toContain('http://127.0.0.1:8082/admin/runtime');
  });

  it('tells what failed and which file is invalid, each once, and offers no call to what does not serve', async () => {
    const text = banner({
      pipelines: [await pipeline('chain')],
      failures: [{ pipeline: 'chain', stage: 'first', reason: 'boom' }],
      broken: [await broken('pipelines/invalid/pipeline-cycle.yaml')],
    });
    expect(text).toContain('0 pipelines served, 1 failed to load, 1 file invalid');
    expect(text).toContain('not ready  chain');
    expect(text).toContain('failed     stage "first" of chain: boom');
    expect(text).toContain('invalid    pipelines/invalid/pipeline-cycle.yaml has 1 problem:');
    expect(text).not.toContain('Try it');
  });

  it('says where it looked when there is no pipeline file at all', () => {
    expect(banner({ folder: './elsewhere' })).toContain('No pipeline file (*.yaml) in ./elsewhere. Write one with: npm run millrace -- init model.onnx');
  });
});
