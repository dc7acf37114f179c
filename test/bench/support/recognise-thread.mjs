/**
 * A bare thread over the recognition model: no queue, no batch, no protocol. Runs until told to stop and answers how many crops it read.
 * workerData: { model: path, crop: { shape, data } }. Messages in: 'start', 'stop'. Out: 'ready', then the count.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const session = await InferenceSession.create(workerData.model, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' });
const feed = { [session.inputNames[0]]: new Tensor('float32', workerData.crop.data, workerData.crop.shape) };
await session.run(feed);

let running = false;
let count = 0;
parentPort.on('message', async (message) => {
  running = message === 'start';
  if (!running) return;
  count = 0;
  while (running) {
    await session.run(feed);
    count++;
    // Lets the stop message in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  parentPort.postMessage(count);
});
parentPort.postMessage('ready');
