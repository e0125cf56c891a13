// A link to Postgres that breaks at COMMIT: right before the server gets it, right after it has answered, or in between.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Cut = 'before' | 'after' | 'during';

export interface Link {
  readonly url: string;
  /** The next COMMIT on any connection breaks its link. */
  arm(cut: Cut): void;
  /** How many COMMITs have been cut. */
  cuts(): number;
  /** How often the client has sent something after the server had said something: round trips, counted from 0. */
  trips(): number;
  close(): void;
}

/** @param target a Postgres address, over TCP and without TLS */
export async function openLink(target: string): Promise<Link> {
  const { hostname, port } = new URL(target);
  let armed: Cut | undefined;
  let cuts = 0;
  let trips = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.end()); // end, not destroy: what was sent still arrives
    upstream.on('close', () => client.destroy());
    let cutting: Cut | undefined;
    let answered = true;
    upstream.on('data', (data) => {
      answered = true;
      if (cutting === undefined) client.write(data);
      else client.destroy();
    });
    const parse = frameParser();
    client.on('data', (data) => {
      if (answered) trips++;
      answered = false;
      for (const { bytes, isCommit } of parse(data)) {
        if (isCommit && armed !== undefined) {
          cutting = armed;
          armed = undefined;
          cuts++;
        }
        if (cutting === 'before') return client.destroy();
        upstream.write(bytes);
      }
      if (cutting === 'during') client.destroy();
      return undefined;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    arm: (cut) => {
      armed = cut;
    },
    cuts: () => cuts,
    trips: () => trips,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Cuts the client's stream into protocol messages. COMMIT is prepared: it is known by its text once, then by its name. */
function frameParser() {
  let rest = Buffer.alloc(0);
  let started = false;
  const commits = new Set<string>();
  return function* parse(data: Buffer): Generator<{ bytes: Buffer; isCommit: boolean }> {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const header = started ? 1 : 0; // the first message has no type
      if (rest.length < header + 4) return;
      const length = header + rest.readInt32BE(header);
      if (rest.length < length) return;
      const bytes = rest.subarray(0, length);
      rest = rest.subarray(length);
      yield { bytes, isCommit: started && isCommit(bytes, commits) };
      started = true;
    }
  };
}

function isCommit(bytes: Buffer, commits: Set<string>): boolean {
  const type = String.fromCharCode(bytes[0] ?? 0);
  const [first = '', second = ''] = bytes.toString('latin1', 5).split('\0');
  if (type === 'P') {
    if (second.trim().toLowerCase() === 'commit') commits.add(first);
    else commits.delete(first);
    return false; // the Bind that follows is what executes it
  }
  return (type === 'B' && commits.has(second)) || (type === 'Q' && first.trim().toLowerCase() === 'commit');
}
