import { readFileSync } from 'node:fs';

/** Of the package this program is part of; sources and build lie at the same depth below it. */
export const VERSION: string = (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version;
