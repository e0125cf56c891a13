import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Bodies above this are refused; Stripe's own requests are a few kilobytes. */
const MAX_BODY_BYTES = 1_048_576;

/** What a server does with a request whose body has been read. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => Promise<void>;

/** An HTTP server that reads bodies, refuses large ones, and never leaves a request without an end. */
export function bodyReadingServer(handle: Handler, onFailure: (error: unknown) => void): Server {
  const server = createServer((request, response) => {
    serve(request, response, handle).catch((error: unknown) => {
      onFailure(error);
      response.destroy();
    });
  });
  // Longer than a client's own keep-alive: a connection closed under a request looks like a lost answer to the SDK.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function serve(request: IncomingMessage, response: ServerResponse, handle: Handler): Promise<void> {
  const body = await readBody(request);
  if (body.kind === 'read') return handle(request, response, body.text);
  if (body.kind === 'cut') return;
  const error = { type: 'invalid_request_error', code: 'request_too_large', message: 'The request body is too large.' };
  response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ error }));
}

type Body = { kind: 'read'; text: string } | { kind: 'too_large' } | { kind: 'cut' };

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Not destroyed on return: the refusal of a large body has to go out on the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) return { kind: 'too_large' };
      chunks.push(chunk);
    }
  } catch {
    // The client went away in the middle: what it wanted is unknown, so nothing of it may happen.
    return { kind: 'cut' };
  }
  return { kind: 'read', text: Buffer.concat(chunks).toString('utf8') };
}

/** Cannot listen there. */
export class PortInUseError extends Error {
  readonly code = 'PROVIDER_PORT_IN_USE';
}

/**
 * @param variable the environment variable that names the port, for the message.
 * @returns the port, which is another than asked for when that was 0.
 * @throws {PortInUseError}
 */
export function listen(server: Server, port: number, variable: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE' ? new PortInUseError(`${variable}: port ${port} is in use`, { cause }) : cause,
      );
    });
    // Only this machine: there is no password on either port.
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Takes no more requests, lets those under way end for up to `graceMs`, then cuts the rest. */
export function drain(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
