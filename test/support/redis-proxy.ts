import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A TCP relay that can lose what the server answers, and cut connections: a fault between client and server, with both of them real. */
export class RedisProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #muted = new WeakSet<Socket>();

  constructor(targetPort: number) {
    this.#target = targetPort;
    this.#server = createServer((client) => this.#relay(client));
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on commands on the present connections arrive and their answers do not. New connections work. */
  loseAnswers(): void {
    for (const socket of this.#sockets) this.#muted.add(socket);
  }

  /** Ends every connection; new ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  #relay(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (!this.#muted.has(server)) client.write(chunk);
    });
  }
}
