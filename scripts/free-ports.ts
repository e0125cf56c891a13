import { createServer } from 'node:net';

// Below the range that outgoing connections are given (32768 and up): nobody takes one by accident before it is used.
const FIRST = 24_000;
const COUNT = 1_000;

export class NoFreePortError extends Error {
  override readonly name = 'NoFreePortError';
  readonly code = 'NO_FREE_PORT';
}

/** So many different ports that nobody listens on. From a random start, so that runs side by side rarely meet. */
export async function freePorts(wanted: number): Promise<number[]> {
  const start = Math.floor(Math.random() * COUNT);
  const ports: number[] = [];
  for (let i = 0; i < COUNT && ports.length < wanted; i++) {
    const port = FIRST + ((start + i) % COUNT);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < wanted) throw new NoFreePortError(`no ${wanted} free ports from ${FIRST} on`);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
