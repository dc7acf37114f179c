import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** The folder of the checkout, without a trailing slash. These scripts run on any Node from 20 on and import no package. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** @param {string[]} parts @returns {string} an absolute path inside the checkout */
export const inProject = (...parts) => path.join(ROOT, ...parts);

/** Progress goes to standard error: standard output belongs to the command that runs afterwards. @param {string} text */
export const say = (text) => process.stderr.write(`millrace: ${text}\n`);
