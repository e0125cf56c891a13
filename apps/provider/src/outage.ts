import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';

const RETRY_MS = 50;

/** Times in which nobody can connect to a server: its port is closed, whoever was connected is cut off. */
export class Outage {
  readonly #server: Server;
  readonly #log: Logger;
  #isUnderWay = false;

  constructor(server: Server, log: Logger) {
    this.#server = server;
    this.#log = log;
  }

  /** One that begins during another is the same one: it does not last longer. */
  begin(ms: number): void {
    const address = this.#server.address() as AddressInfo | null;
    if (this.#isUnderWay || !address) return;
    this.#isUnderWay = true;
    this.#server.close();
    this.#server.closeAllConnections();
    this.#log.info({ ms }, 'refusing connections');
    setTimeout(() => this.#end(address.port), ms);
  }

  #end(port: number): void {
    // Somebody else may have got the port meanwhile; until it is free again the outage lasts.
    const refused = (error: Error) => {
      this.#log.warn({ err: error }, 'cannot listen again yet');
      setTimeout(() => this.#end(port), RETRY_MS);
    };
    this.#server.once('error', refused);
    this.#server.listen(port, '127.0.0.1', () => {
      this.#server.off('error', refused);
      this.#isUnderWay = false;
      this.#log.info('accepting connections');
    });
  }
}
