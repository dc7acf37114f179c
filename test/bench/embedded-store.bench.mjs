// Measures candidates for the embedded engine's durable store under its real load: per request one accept (record 200 B, entry bytes), one
// first-write-wins outcome (500 B), a later purge. Candidates are interleaved: read the ratios. Each is then killed (-9) while it accepts.
//
//   npm run bench -- embedded-store [seconds per cell, 0.7] [rounds, 2]
//
// lmdb is measured when it can be found (`npm install --no-save lmdb@3.5.6`); it is no dependency of Millrace.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { candidates } from './embedded-store/candidates.mjs';
import { measure, quantile } from './embedded-store/measure.mjs';
import { pace } from './embedded-store/paced.mjs';
import { missingAfterKill } from './embedded-store/survives-kill.mjs';
import { describeEnvironment } from './support/environment.ts';

const [seconds = 0.7, rounds = 2] = process.argv.slice(2).map(Number);
const KILL_AFTER = 2_000;
const SHAPES = [
  { name: '1 in flight, entry 500 B', inFlight: 1, entryBytes: 500 },
  { name: '64 in flight, entry 500 B', inFlight: 64, entryBytes: 500 },
  { name: '64 in flight, entry 48 KiB', inFlight: 64, entryBytes: 49_152 },
  { name: '8 in flight, entry 1 MiB', inFlight: 8, entryBytes: 1_048_576 },
];
const PACED = { perSecond: 3_000, entryBytes: 500 };
const PACED_SECONDS = 3;
const HEADS = ['main us', 'all us', 'p50 ms', 'p99 ms', 'req/s', 'purge us', 'B/req'];
const row = (name, cells) => console.log(`${name.padEnd(28)} ${cells.map((cell) => String(cell).padStart(9)).join(' ')}`);

const known = await candidates();
console.log(`${describeEnvironment()}; ${seconds} s a cell, median of ${rounds} rounds; CPU is above a store that does nothing`);
for (const shape of SHAPES) {
  const results = new Map(known.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const candidate of known) results.get(candidate.name).push(await measure(candidate, shape, seconds));
  const of = (name, key) => quantile(results.get(name).map((result) => result[key]), 0.5);
  console.log(`\n${shape.name}`);
  row('', HEADS);
  for (const { name } of known) {
    const cpu = ['mainUs', 'wholeUs'].map((key) => (of(name, key) - of('nothing', key)).toFixed(1));
    const times = ['p50', 'p99'].map((key) => of(name, key).toFixed(3));
    row(name, [...cpu, ...times, of(name, 'perSecond').toFixed(0), of(name, 'purgeUs').toFixed(1), of(name, 'bytesPerRequest').toFixed(0)]);
  }
}
console.log(`\n${PACED.perSecond} requests/s on schedule`);
row('', ['loop p99', 'loop max', 'p50 ms', 'p99 ms']);
const paced = new Map(known.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round++) for (const candidate of known) paced.get(candidate.name).push(await pace(candidate, PACED, PACED_SECONDS));
for (const [name, results] of paced) row(name, ['loopP99', 'loopMax', 'p50', 'p99'].map((key) => quantile(results.map((result) => result[key]), 0.5).toFixed(2)));
console.log('\nkill -9 while it accepts');
row('', ['accepted', 'missing']);
for (const candidate of known.slice(1)) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  const { named, missing } = await missingAfterKill(candidate, join(folder, 'store'), KILL_AFTER);
  row(candidate.name, [named, missing]);
  rmSync(folder, { recursive: true, force: true });
}
