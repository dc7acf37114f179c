import { describe, expect, it } from '@jest/globals';
import { loadPipelineFile } from '#common/adapters/system';
import type { CompiledPipeline } from '#common/pipeline';
import { mermaidGraph } from './mermaid-graph.ts';
import { textGraph } from './text-graph.ts';

async function sample(name: string): Promise<CompiledPipeline> {
  const loaded = await loadPipelineFile(`pipelines/${name}.yaml`);
  if ('error' in loaded) throw loaded.error;
  return loaded.pipeline;
}

describe('the graph of a sample pipeline as Mermaid', () => {
  it('shows one arrow per hop of digits, labelled with what it carries', async () => {
    expect(mermaidGraph(await sample('digits')).split('\n')).toEqual([
      'flowchart LR',
      '  source([pixels])',
      '  s_scale["scale<br/>function scale"]',
      '  s_linear["linear<br/>onnx digits-linear.onnx"]',
      '  s_forest["forest<br/>onnx digits-forest.onnx"]',
      '  s_net["net<br/>onnx digits-net.onnx"]',
      '  s_vote["vote<br/>ensemble weighted-mean"]',
      '  answer([label, probabilities])',
      '  source -->|"pixels"| s_scale',
      '  s_scale -->|"scale.x"| s_linear',
      '  s_scale -->|"scale.x"| s_forest',
      '  s_scale -->|"scale.x"| s_net',
      '  s_linear -->|"linear.probabilities"| s_vote',
      '  s_forest -->|"forest.probabilities"| s_vote',
      '  s_net -->|"net.probabilities"| s_vote',
      '  s_vote -->|"vote.label, vote.probabilities"| answer',
    ]);
  });

  it('marks where ocr scatters and gathers', async () => {
    const lines = mermaidGraph(await sample('ocr')).split('\n');
    expect(lines).toContain('  s_crops -->|"crops.crop each"| s_orient');
    expect(lines.find((line) => line.includes('| s_lines'))).toMatch(/ gathered"\| s_lines$/);
  });
});

describe('the graph of a sample pipeline as text', () => {
  it('says for each stage of digits what it reads and where it goes', async () => {
    const lines = textGraph(await sample('digits')).split('\n');
    expect(lines[0]).toMatch(/^digits@[0-9a-f]{16}$/);
    expect(lines).toEqual(expect.arrayContaining([
      '  in   pixels  FP32 [-1, 64]',
      '         -> linear, forest, net',
      '   4   vote  (ensemble weighted-mean; joins 3)',
      '         net <- net.probabilities  FP32 [-1, 10]',
      '  out  label  INT64 [-1]  <- vote.label',
    ]));
  });

  it('says what ocr runs once per line and collects again', async () => {
    const text = textGraph(await sample('ocr'));
    expect(text).toMatch(/recognise {2}\(onnx ch_PP-OCRv4_rec_infer\.onnx; each crops\.crop/);
    expect(text).toContain('text <- recognise.text[]  BYTES [-1]');
  });
});
