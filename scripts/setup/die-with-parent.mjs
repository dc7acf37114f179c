import { isMainThread } from 'node:worker_threads';

import { watchParent } from './parent-watch.mjs';

// Preloads run in worker threads too, and there `process` is the same process.
if (isMainThread) watchParent((fate) => process.kill(process.pid, fate === 'killed' ? 'SIGKILL' : 'SIGTERM'));
