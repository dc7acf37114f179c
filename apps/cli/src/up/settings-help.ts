import { SETTINGS } from '#common/config';
import type { Setting } from '#common/config';

/** The environment variables of a server with their defaults, as `up --help` shows them. */
export function settingsHelp(): string {
  const settings: readonly Setting[] = Object.values(SETTINGS);
  const width = Math.max(...settings.map(({ name, default: value }) => `${name}=${value ?? ''}`.length));
  const lines = settings.map(({ name, default: value, description }) => `  ${`${name}=${value ?? ''}`.padEnd(width)}  ${description}`);
  return ['Settings (environment variables, here with their defaults):', ...lines, '', 'Example: MILLRACE_HTTP_PORT=9000 MILLRACE_PIPELINES=./my-pipelines npm start'].join('\n');
}
