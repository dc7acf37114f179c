/** Frames of this folder and of Node itself say nothing to the author of a function. */
const OWN_FOLDER = new URL('..', import.meta.url).href;

/**
 * `TypeError: x is not a function (at decode, ocr.mjs:12:5)`: what was thrown and the first line of the author's code in its stack,
 * in place of a whole stack.
 */
export function describeThrown(thrown: unknown): string {
  if (!isErrorLike(thrown)) return `a ${typeof thrown}: ${String(thrown)}`;
  const what = `${thrown.name}: ${thrown.message}`.replace(/[.\s]+$/, '');
  const frame = firstUserFrame(thrown.stack ?? '');
  return frame === undefined ? what : `${what} (at ${frame})`;
}

function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'name' in thrown;
}

function firstUserFrame(stack: string): string | undefined {
  const line = stack.split('\n').find((text) => /^\s+at /.test(text) && text.includes('file://') && !text.includes(OWN_FOLDER));
  const match = line === undefined ? null : /at (?:(?:async )?(.+?) \()?(file:\/\/.+?)(?:\?[^:]*)?:(\d+):(\d+)\)?$/.exec(line.trim());
  if (match === null) return undefined;
  const [, name, address = '', row, column] = match;
  const position = `${address.slice(address.lastIndexOf('/') + 1)}:${row}:${column}`;
  return name === undefined ? position : `${name}, ${position}`;
}
