import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './sqlite-ops.mjs';

const store = openSqlite(workerData.file, workerData.options);
parentPort.on('message', (message) => {
  if (message.has) parentPort.postMessage(store.has(message.has));
  else if (message === 'purge') parentPort.postMessage(store.purge());
  else if (message === 'close') {
    store.close();
    parentPort.postMessage(0);
    parentPort.close();
  } else {
    // One packed buffer per group: kinds and lengths, then ids and bytes. Structured clone of many small arrays costs more than this.
    const { ids, lengths, bytes } = message;
    let at = 0;
    const take = (length) => bytes.subarray(at, (at += length));
    const operations = ids.map((id, index) => {
      const a = take(lengths[2 * index]);
      return lengths[2 * index + 1] < 0 ? [1, id, a] : [0, id, a, take(lengths[2 * index + 1])];
    });
    parentPort.postMessage(store.apply(operations));
  }
});
