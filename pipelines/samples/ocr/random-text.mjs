/**
 * Draws 70 images of random words, to choose settings by without touching the samples: `node pipelines/samples/ocr/random-text.mjs <folder>`,
 * then `node pipelines/samples/ocr/accuracy.mjs --lines <folder>`. The same images every time.
 *
 * Words come from the licence texts of Debian (/usr/share/common-licenses), fonts as for render.mjs.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const IMAGES = 70;
const WIDTH = 660;
const FONTS = ['DejaVu Sans', 'DejaVu Serif', 'DejaVu Sans Mono', 'Liberation Sans', 'Liberation Serif', 'Liberation Mono', 'DejaVu Sans Condensed', 'Liberation Sans Narrow'];
const DARK = { paper: ['#111', '#123', '#203020', '#0a3a7d'], ink: ['#fff', '#eee', '#ffe9a0'] };
const LIGHT = { paper: ['#fff', '#fff', '#f6f3e8', '#e8eef4'], ink: ['#000', '#222', '#1c2b4a'] };
const SYMBOLS = ['-', '&', '+', '='];
const SHORT = ['A', 'B', 'No.', '#7', 'kg', 'cm'];

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder to write to: node random-text.mjs <folder>');

let seed = 12345;
/** 0 to 1, the same sequence in every run. */
function random() {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed / 0x7fffffff;
}

/** @template T @param {readonly T[]} choices @returns {T} */
const pick = (choices) => choices[Math.floor(random() * choices.length)];

/** What the words of a line are, and how often: up to this share of the draws. */
const TOKENS = [
  [0.82, () => pick(words)],
  [0.87, () => String(Math.floor(random() * 10000))],
  [0.9, () => (random() * 100).toFixed(2)],
  [0.93, () => `$${(random() * 100).toFixed(2)}`],
  [0.95, () => `${Math.floor(random() * 24)}:${String(Math.floor(random() * 60)).padStart(2, '0')}`],
  [0.965, () => pick(SYMBOLS)],
  [0.98, () => `${Math.floor(random() * 100)} %`],
  [1, () => pick(SHORT)],
];

const words = await licenceWords();
await mkdir(folder, { recursive: true });
const truth = {};
for (let i = 0; i < IMAGES; i++) {
  const { svg, lines } = page();
  const file = `t${String(i).padStart(2, '0')}.${random() < 0.3 ? 'jpg' : 'png'}`;
  const image = sharp(Buffer.from(svg)).flatten({ background: '#fff' });
  await (file.endsWith('jpg') ? image.jpeg({ quality: 80 }) : image.png()).toFile(join(folder, file));
  truth[file] = lines;
}
await writeFile(join(folder, 'truth.json'), `${JSON.stringify(truth)}\n`);

async function licenceWords() {
  const texts = await Promise.all(['GPL-3', 'Apache-2.0', 'LGPL-2.1', 'MPL-1.1'].map((name) => readFile(`/usr/share/common-licenses/${name}`, 'utf8')));
  return texts.flatMap((text) => text.split(/\s+/)).filter((word) => /^[A-Za-z0-9.,:;!?()'"/-]+$/.test(word) && word.length < 14 && !/--|^['"]$/.test(word));
}

function token() {
  const draw = random();
  return TOKENS.find(([share]) => draw < share)[1]();
}

/** Words up to about `target` characters. @param {number} target @param {number} most */
function line(target, most) {
  let text = '';
  for (;;) {
    const next = token();
    if (text !== '' && `${text} ${next}`.length > target) return text;
    text = text === '' ? next : `${text} ${next}`;
    if (text.length > most) return text;
  }
}

function page() {
  const font = pick(FONTS);
  const size = Math.round(14 + random() * random() * 40);
  const turn = random() < 0.35 ? random() * 10 - 5 : 0;
  const look = random() < 0.3 ? DARK : LIGHT;
  const count = 1 + Math.floor(random() * 8);
  const [paper, ink] = [pick(look.paper), pick(look.ink)];
  const most = Math.max(4, Math.floor((WIDTH - 100) / (size * 0.62)));
  const lines = [];
  while (lines.length < count) {
    const text = line(4 + Math.floor(random() * (most - 3)), most);
    if (text.length > 2 && text.length <= most) lines.push(text);
  }
  const step = size * (1.5 + random() * 0.7);
  const height = Math.round(step * count + size * 2.2 + (turn === 0 ? 10 : 70));
  const texts = lines.map((text, i) => {
    const y = (height - step * count) / 2 + step * (i + 0.75);
    const weight = random() < 0.15 ? 'font-weight="bold"' : '';
    return `<text x="40" y="${y}" ${weight}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"><rect width="${WIDTH}" height="${height}" fill="${paper}"/>
    <g transform="rotate(${turn} ${WIDTH / 2} ${height / 2})" font-family="${font}" font-size="${size}" fill="${ink}">${texts.join('')}</g></svg>`;
  return { svg, lines };
}
