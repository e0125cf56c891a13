import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Node } from '@once/local-postgres/replication';

/** What stands between a shop and its database: one address, which leads to whoever is the primary. */
export class Router {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #node: Node | undefined;

  private constructor(node: Node) {
    this.#node = node;
    this.#server = createServer((client) => this.#lead(client));
  }

  static async to(node: Node): Promise<Router> {
    const router = new Router(node);
    await new Promise<void>((listening) => router.#server.listen(0, '127.0.0.1', listening));
    return router;
  }

  /** The same database by this way. */
  urlOf({ url }: Node): string {
    const address = this.#server.address();
    const at = new URL(url);
    if (address !== null && typeof address === 'object') at.port = String(address.port);
    return at.href;
  }

  /** Whoever is connected is cut off and comes again. @param node undefined: nobody is the primary */
  lead(node: Node | undefined): void {
    this.#node = node;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.lead(undefined);
    this.#server.close();
  }

  #lead(client: Socket): void {
    if (!this.#node) return void client.destroy();
    const server = connect(this.#node.port, '127.0.0.1');
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one.setNoDelay(true));
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
