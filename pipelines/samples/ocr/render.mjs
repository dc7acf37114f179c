/**
 * Draws the sample images and writes their truth: `node pipelines/samples/ocr/render.mjs [folder]`.
 *
 * Needs the fonts DejaVu and Liberation (Debian: `apt-get install fonts-dejavu fonts-liberation`). The pixels differ a little between
 * font and library versions, so the images are committed, not made when needed.
 */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import { SCENES } from './scenes.mjs';

const folder = process.argv[2] ?? import.meta.dirname;

checkFonts();
const truth = {};
for (const scene of SCENES) {
  await writeFile(join(folder, scene.file), await draw(scene));
  truth[scene.file] = scene.lines.map(([text]) => text);
}
await writeFile(join(folder, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);

/** Without the fonts the text would silently be drawn in another one. */
function checkFonts() {
  const present = execFileSync('fc-list', [':', 'family'], { encoding: 'utf8' });
  const wanted = new Set(SCENES.flatMap((scene) => [scene.font, ...scene.lines.map(([, , , look]) => look?.font)]).filter(Boolean));
  const missing = [...wanted].filter((font) => !present.includes(font));
  if (missing.length > 0) throw new Error(`fonts not installed: ${missing.join(', ')}. On Debian: apt-get install fonts-dejavu fonts-liberation`);
}

/** @param {import('./scenes.mjs').Scene} scene @returns {Promise<Buffer>} a PNG or JPEG, as the name of the file says */
async function draw(scene) {
  const image = sharp(Buffer.from(toSvg(scene))).flatten({ background: '#fff' });
  return extname(scene.file) === '.jpg' ? image.jpeg({ quality: 88 }).toBuffer() : image.png({ compressionLevel: 9, palette: !scene.gradient }).toBuffer();
}

/** @param {import('./scenes.mjs').Scene} scene */
function toSvg(scene) {
  const { width, height, background = '#fff', gradient, frame, turn = 0 } = scene;
  const paint = gradient ? 'url(#sky)' : background;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    ${gradient ? `<linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${gradient[0]}"/><stop offset="1" stop-color="${gradient[1]}"/></linearGradient>` : ''}
    <rect width="${width}" height="${height}" fill="${paint}"/>
    ${frame ? `<rect x="8" y="8" width="${width - 16}" height="${height - 16}" fill="none" stroke="${frame}" stroke-width="5"/>` : ''}
    <g transform="rotate(${turn} ${width / 2} ${height / 2})">${scene.lines.map((line) => toText(scene, line)).join('')}</g>
  </svg>`;
}

/** @param {import('./scenes.mjs').Scene} scene @param {import('./scenes.mjs').Scene['lines'][number]} line */
function toText(scene, [text, x, y, look]) {
  const { font, size, weight = 'normal', fill = '#111', anchor = 'start' } = { ...scene, ...look };
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" font-family="${font}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${escaped}</text>`;
}
