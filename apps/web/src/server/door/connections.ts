import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { PEER_HEADER } from './client-address.ts';
import { decodable } from './decodable.ts';

export interface ConnectionLimits {
  /** For all the headers of a request to arrive. Node's own is a minute. */
  readonly headersMs: number;
  /** For the whole of a request to arrive. Node's own is five minutes. */
  readonly requestMs: number;
}

const LIMITS: ConnectionLimits = { headersMs: 10_000, requestMs: 30_000 };

/**
 * Sees every request of this process before its server does: writes into it who is at the other end of the connection,
 * which a fetch Request does not know, over whatever the client claims; makes its address one that can be decoded; and
 * gives the server, which Next has made, limits of its own for clients that send slowly.
 */
export function watchConnections({ headersMs, requestMs }: ConnectionLimits = LIMITS): void {
  const known = new WeakSet<Server>();
  subscribe('http.server.request.start', (message) => {
    const { request, server } = message as { request: IncomingMessage; server: Server };
    request.headers[PEER_HEADER] = request.socket.remoteAddress ?? '';
    request.url = decodable(request.url ?? '/');
    if (known.has(server)) return;
    known.add(server);
    server.headersTimeout = headersMs;
    server.requestTimeout = requestMs;
  });
}
