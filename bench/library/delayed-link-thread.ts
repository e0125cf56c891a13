import { connect, createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

interface Link {
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
  readonly counter: Int32Array;
}

const { host, port, delayMs, counter } = workerData as Link;

const server = createServer((client) => {
  const upstream = connect(port, host);
  let answered = true;
  for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', () => {});
  client.on('data', (data) => {
    if (answered) Atomics.add(counter, 0, 1);
    answered = false;
    setTimeout(() => upstream.write(data), delayMs);
  });
  upstream.on('data', (data) => {
    answered = true;
    client.write(data);
  });
  client.on('close', () => setTimeout(() => upstream.end(), delayMs));
  upstream.on('close', () => client.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0);
});
