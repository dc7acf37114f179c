import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { listenError } from './listen-error.ts';

const setting = 'MILLRACE_HTTP_PORT';

/** What the system itself says when this cannot be listened on. */
async function listenFault(port: number, host: string): Promise<unknown> {
  const server = createServer();
  const failed = once(server, 'error');
  server.listen(port, host);
  const [error] = (await failed) as unknown[];
  return error;
}

it('names the port when it is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const error = listenError({ setting, port, host: '127.0.0.1' }, await listenFault(port, '127.0.0.1'));
  other.close();
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: `MILLRACE_HTTP_PORT="${port}": the port is in use. Stop the other server, or choose another port; 0 takes any free one.` });
});

it('names the host, not the port, when the machine has no such address', async () => {
  // 192.0.2.0/24 is kept for documentation (RFC 5737): no machine has it.
  const error = listenError({ setting, port: 0, host: '192.0.2.1' }, await listenFault(0, '192.0.2.1'));
  expect(error.message).toBe('MILLRACE_HOST="192.0.2.1": not an address of this machine. Use 127.0.0.1, one of its own, or 0.0.0.0 for all of them.');
});

it.each([
  ['EACCES', 'MILLRACE_HTTP_PORT="80": the port is reserved for the system\'s own servers. Choose one from 1024 on; 0 takes any free one.'],
  ['EMFILE', 'MILLRACE_HTTP_PORT="80": the port cannot be opened on 127.0.0.1: listen EMFILE.'],
])('says what %s means', (code, message) => {
  expect(listenError({ setting, port: 80, host: '127.0.0.1' }, Object.assign(new Error(`listen ${code}`), { code })).message).toBe(message);
});
