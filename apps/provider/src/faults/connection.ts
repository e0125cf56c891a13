// What can be done to a connection instead of answering on it.
import type { ServerResponse } from 'node:http';
import type { Outgoing } from './fault.ts';

/** RST: the other side hears that the connection is gone, at once. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** FIN: the connection ends in good order, without an answer. */
export function endConnection(response: ServerResponse): void {
  response.socket?.end();
}

/** Silence, until the client has had enough or `ms` are over. */
export function hang(response: ServerResponse, ms: number): void {
  const timer = setTimeout(() => response.destroy(), ms);
  response.once('close', () => clearTimeout(timer));
}

/** The first half of an answer, and then the end of the connection. */
export function cutBody(response: ServerResponse, { head, body }: Outgoing): void {
  head();
  const half = body.slice(0, Math.floor(body.length / 2));
  // Only once it has left: a reset now would throw away what the kernel has not sent, headers included.
  response.write(half, () => response.destroy());
}

/** An answer of `bytes` every `everyMs`: never silent for long, and long not complete. */
export function drip(
  response: ServerResponse,
  { head, body }: Outgoing,
  { bytes, everyMs }: { bytes: number; everyMs: number },
): void {
  head();
  const whole = Buffer.from(body);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(whole.subarray(sent, sent + bytes));
    sent += bytes;
    if (sent < whole.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
