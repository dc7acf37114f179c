/**
 * How well and how fast the sample images are read by the bare reference loop: `node pipelines/samples/ocr/accuracy.mjs [--lines] [folder]`.
 * An error is one character inserted, dropped or changed against the truth (lines joined by a line break, in reading order).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReference } from '../../../test/support/ocr-reference.mjs';
import { lineSize } from '../../functions/ocr/line-crop.mjs';
import { editDistance } from './edit-distance.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { lines: { type: 'boolean', default: false } } });
const folder = positionals[0] ?? import.meta.dirname;
const truth = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8'));
const reference = await createReference();
const total = { characters: 0, errors: 0, dense: 0, denseErrors: 0, milliseconds: 0, width: 0, padded: 0 };
const stages = {};
await reference.read(await readFile(join(folder, Object.keys(truth)[0])));

for (const [file, lines] of Object.entries(truth)) {
  const bytes = await readFile(join(folder, file));
  const start = performance.now();
  const { text, boxes, timings } = await reference.read(bytes);
  const milliseconds = performance.now() - start;
  const [expected, got] = [lines.join('\n'), text.join('\n')];
  const errors = editDistance(expected, got);
  total.characters += expected.length;
  total.errors += errors;
  total.dense += dense(expected).length;
  total.denseErrors += editDistance(dense(expected), dense(got));
  total.milliseconds += milliseconds;
  for (const size of boxes.map((box) => lineSize(box.flat()))) {
    total.width += size.width;
    total.padded += size.padded;
  }
  for (const [stage, time] of Object.entries(timings)) stages[stage] = (stages[stage] ?? 0) + time;
  console.log(`${file.padEnd(32)} ${String(lines.length).padStart(2)} lines ${String(errors).padStart(3)} errors ${milliseconds.toFixed(0).padStart(5)} ms`);
  if (values.lines && errors > 0) printDifferences(lines, text);
}
await reference.close();

const images = Object.keys(truth).length;
console.log(`characters with spaces: ${percent(total.errors, total.characters)} right (${total.errors} errors in ${total.characters})`);
console.log(`characters without spaces: ${percent(total.denseErrors, total.dense)} right (${total.denseErrors} errors in ${total.dense})`);
console.log(`mean ${(total.milliseconds / images).toFixed(0)} ms an image: ${Object.entries(stages).map(([stage, time]) => `${stage} ${(time / images).toFixed(1)}`).join(', ')}`);
console.log(`of the width that is recognised ${((1 - total.width / total.padded) * 100).toFixed(1)} % is padding`);

/** @param {string} text */
function dense(text) {
  return text.replaceAll(/\s/g, '');
}

/** @param {number} errors @param {number} characters */
function percent(errors, characters) {
  return `${((1 - errors / characters) * 100).toFixed(2)} %`;
}

/** @param {string[]} expected @param {string[]} got */
function printDifferences(expected, got) {
  for (let i = 0; i < Math.max(expected.length, got.length); i++) {
    if (expected[i] !== got[i]) console.log(`    expected ${JSON.stringify(expected[i])}\n    got      ${JSON.stringify(got[i])}`);
  }
}
