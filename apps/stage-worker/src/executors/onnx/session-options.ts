import type { InferenceSession } from 'onnxruntime-node';
import type { OnnxSpec } from '#common/pipeline';

/** ONNX Runtime writes errors to stderr and throws them too; only what would end the process is left to it. */
const FATAL = 4;

/** One model, one caller at a time: parallelism is the pool's, so ONNX Runtime gets the threads the stage asks for and no more. */
export function sessionOptions(spec: OnnxSpec): InferenceSession.SessionOptions {
  const fixedShapes = spec.modelInputs.every(({ shape }) => !shape.includes(-1));
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: spec.intraOp,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    // A memory pattern is remembered per input shape: with shapes that vary it only grows.
    enableMemPattern: fixedShapes,
    logSeverityLevel: FATAL,
  };
}
