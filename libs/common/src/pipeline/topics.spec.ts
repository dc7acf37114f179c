import { expect, it } from '@jest/globals';
import { compileDraft } from '../../../../test/support/compile-pipeline.ts';
import { groupName, intakeTopicName, outcomeTopicName, pipelineTopics } from './topics.ts';

const column = { datatype: 'FP32', shape: [-1] };
const pipeline = compileDraft({
  pipeline: 'ocr',
  inputs: { x: column },
  stages: { read: { function: './f.mjs#f', inputs: { x: 'x' }, outputs: { y: column } } },
  outputs: { y: 'read.y' },
});

it('names three topics per stage, and only dead letters are kept', () => {
  expect(pipelineTopics(pipeline, { partitions: 6 })).toEqual([
    { name: 'millrace.ocr.read', partitions: 6, retention: 'hop' },
    { name: 'millrace.ocr.read.retry', partitions: 6, retention: 'hop' },
    { name: 'millrace.ocr.read.dlq', partitions: 1, retention: 'kept' },
  ]);
});

it('puts a deployment\'s prefix before everything', () => {
  const names = [groupName('ocr', 'read', 'blue'), intakeTopicName('ocr', 'blue'), outcomeTopicName('ocr', 'blue'), pipelineTopics(pipeline, { partitions: 1, prefix: 'blue' })[0]?.name];
  expect(names).toEqual(['blue.ocr.read', 'blue.ocr.in', 'blue.ocr.out', 'blue.ocr.read']);
});
