export { SETTINGS } from './env.ts';
export type { Config } from './env.ts';
export { loadConfig, loadSettings } from './load-config.ts';
export type { Environment } from './load-config.ts';
export type { Loaded, Setting, Settings } from './setting.ts';
export { byteSize, hostList, namePrefix, oneOf, port, text, wholeNumber } from './values.ts';
