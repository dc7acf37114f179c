import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
/** A start that fails is over long before; one that hangs is killed here and has no exit code. */
const ENDS_WITHIN_MS = 20_000;

const folder = temporaryFolder({ 'a-file': '' });
afterAll(folder.remove);

/** Runs `millrace up` to its end. */
function up(settings: Readonly<Record<string, string>>): Promise<{ readonly exit: unknown; readonly stdout: string; readonly stderr: string }> {
  const { NODE_OPTIONS: _jest, ...inherited } = process.env;
  const clean = Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('MILLRACE_')));
  const env = { ...clean, MILLRACE_HTTP_PORT: '0', MILLRACE_ADMIN_PORT: '0', MILLRACE_DATA_DIR: `${folder.path}/data`, MILLRACE_PIPELINES: 'pipelines', ...settings };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'up'], { env, timeout: ENDS_WITHIN_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

async function takenPort(): Promise<{ readonly port: string; release(): void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: String((server.address() as AddressInfo).port), release: () => void server.close() };
}

describe('a server that cannot start says one thing and ends', () => {
  it('when its pipelines folder is not there, although the store was open by then', async () => {
    const { exit, stderr } = await up({ MILLRACE_PIPELINES: '/nowhere/at/all' });
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: 'CONFIG_INVALID  the pipelines folder "/nowhere/at/all" cannot be read. Set MILLRACE_PIPELINES to a folder with pipeline files.\n' });
  });

  it.each(['MILLRACE_HTTP_PORT', 'MILLRACE_ADMIN_PORT'])('when the port of %s is taken, without a word about the stages it had begun to load', async (setting) => {
    const { port, release } = await takenPort();
    const { exit, stdout, stderr } = await up({ [setting]: port });
    release();
    expect({ exit, stdout, stderr }).toEqual({ exit: 2, stdout: '', stderr: `CONFIG_INVALID  ${setting}="${port}": the port is in use. Stop the other server, or choose another port; 0 takes any free one.\n` });
  });

  it('when a setting is misspelt', async () => {
    const { exit, stderr } = await up({ MILLRACE_PIPELINS: 'x' });
    expect(exit).toBe(2);
    expect(stderr).toContain('MILLRACE_PIPELINS: unknown name. Did you mean MILLRACE_PIPELINES?');
  });

  it('when its data folder is a file', async () => {
    const { exit, stderr } = await up({ MILLRACE_DATA_DIR: `${folder.path}/a-file` });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^STORE_UNAVAILABLE .*a-file.* Check that MILLRACE_DATA_DIR is writable/);
  });
});
