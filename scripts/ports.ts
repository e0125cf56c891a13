import { createServer } from 'node:net';
import { StackError } from './errors.ts';
import { PORT_VARIABLES, type Ports } from './settings.ts';

/**
 * Looks at all of them before anything starts, so that nothing has to be taken down again.
 *
 * @throws {StackError} `PORT_IN_USE`, naming each port and its variable
 */
export async function refuseTakenPorts(ports: Ports, used: readonly (keyof Ports)[]): Promise<void> {
  const taken: string[] = [];
  for (const [place, name] of used.entries()) {
    const twice = used.slice(0, place).some((other) => ports[other] === ports[name]);
    if (twice || (await isTaken(ports[name]))) taken.push(`${ports[name]} (${PORT_VARIABLES[name]})`);
  }
  if (taken.length === 0) return;
  throw new StackError(
    'PORT_IN_USE',
    taken.length === 1
      ? `Port ${taken[0]} is in use: stop what runs there, or set that variable to another port.`
      : `Ports ${taken.join(', ')} are in use: stop what runs there, or set those variables to other ports.`,
  );
}

/** On either address that `localhost` may mean: a browser would reach whoever has one of them. */
async function isTaken(port: number): Promise<boolean> {
  return (await refusesToListen(port, '127.0.0.1')) || (await refusesToListen(port, '::1'));
}

function refusesToListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // EADDRNOTAVAIL, EAFNOSUPPORT: a machine without IPv6. EACCES: a port that we may not have.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' || error.code === 'EACCES'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(false)));
  });
}
