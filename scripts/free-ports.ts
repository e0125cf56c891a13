import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

// Below the range that outgoing connections are given (32768 and up): nobody takes one by accident before it is used.
const FIRST = 24_000;
const COUNT = 1_000;
const RESERVED_AT = '127.0.0.2';

export class NoFreePortError extends Error {
  override readonly name = 'NoFreePortError';
  readonly code = 'NO_FREE_PORT';
}

/**
 * So many different ports that nobody listens on. They stay ours until this process ends: whoever else asks here does
 * not get the port of a process that has been killed and will come back.
 *
 * @throws {NoFreePortError}
 */
export async function freePorts(wanted: number): Promise<number[]> {
  const start = Math.floor(Math.random() * COUNT);
  const ports: number[] = [];
  for (let i = 0; i < COUNT && ports.length < wanted; i++) {
    const port = FIRST + ((start + i) % COUNT);
    if ((await isFree(port)) && (await reserve(port))) ports.push(port);
  }
  if (ports.length < wanted) throw new NoFreePortError(`no ${wanted} free ports from ${FIRST} on`);
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port, '127.0.0.1');
  if (server === 'taken') return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Whoever listens on it at an address that nothing else uses has it; the system lets go when that process ends. */
async function reserve(port: number): Promise<boolean> {
  const server = await listenOn(port, RESERVED_AT).catch(() => undefined); // no such address: not on every system
  if (server === 'taken') return false;
  server?.unref();
  return true;
}

async function listenOn(port: number, host: string): Promise<Server | 'taken'> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return 'taken';
    throw error;
  }
}
