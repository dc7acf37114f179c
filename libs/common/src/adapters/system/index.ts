export { readOnnxSignature } from './onnx-signature.ts';
export { loadPipelineFile, PipelineFiles } from './pipeline-files.ts';
export type { PipelineFilesOptions } from './pipeline-files.ts';
export { readFault } from './read-fault.ts';
export { SystemClock } from './system-clock.ts';
export { SystemRandom } from './system-random.ts';
