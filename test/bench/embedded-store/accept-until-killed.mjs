// Accepts into the named candidate without end and prints each id once it is stored. Whoever starts it kills it.
import { candidates } from './candidates.mjs';

const [name, file] = process.argv.slice(2);
const store = await (await candidates()).find((candidate) => candidate.name === name).make(file);
let serial = 0;
const loop = async () => {
  for (;;) {
    const id = `id-${serial++}`;
    await store.accept(id, Buffer.alloc(200), Buffer.alloc(500));
    process.stdout.write(`${id}\n`);
  }
};
await Promise.all(Array.from({ length: 16 }, loop));
