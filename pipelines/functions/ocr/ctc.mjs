/** Greedy CTC decoding: the best class of each step, repeats and blanks dropped. */

/** The class that means "nothing here". */
const BLANK = 0;

/**
 * @param {{ shape: number[], data: Float32Array }} probabilities [n, steps, classes]
 * @param {readonly string[]} dictionary character by class
 * @returns {Array<{ text: string, score: number }>} per line; the score is the mean probability of its characters, 0 for an empty line
 */
export function decodeCtc({ shape, data }, dictionary) {
  const [count, steps, classes] = shape;
  if (classes !== dictionary.length) {
    throw new Error(`the model tells ${classes} classes apart, but the dictionary has ${dictionary.length}: they do not belong together`);
  }
  return Array.from({ length: count }, (_, line) => decodeLine(data.subarray(line * steps * classes, (line + 1) * steps * classes), classes, dictionary));
}

/** @param {Float32Array} steps @param {number} classes @param {readonly string[]} dictionary */
function decodeLine(steps, classes, dictionary) {
  let text = '';
  let sum = 0;
  let characters = 0;
  let previous = BLANK;
  for (let start = 0; start < steps.length; start += classes) {
    const best = strongest(steps, start, classes);
    if (best !== BLANK && best !== previous) {
      text += dictionary[best];
      sum += steps[start + best];
      characters++;
    }
    previous = best;
  }
  return { text, score: characters === 0 ? 0 : sum / characters };
}

/** @param {Float32Array} data @param {number} start @param {number} count */
function strongest(data, start, count) {
  let best = 0;
  for (let i = 1; i < count; i++) if (data[start + i] > data[start + best]) best = i;
  return best;
}
