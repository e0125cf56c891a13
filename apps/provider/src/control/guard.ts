import type { IncomingMessage } from 'node:http';
import { ControlError } from './error.ts';

/**
 * Lets in what was meant for this port. A page on another site can make a browser connect here: by its own name, once
 * that name points to 127.0.0.1 (DNS rebinding), which shows in Host; or straight away, which shows in Origin.
 * @throws {ControlError} 403.
 */
export function guard(request: IncomingMessage): void {
  const here = ['127.0.0.1', 'localhost'].map((name) => `${name}:${request.socket.localPort}`);
  const { host, origin } = request.headers;
  if (!here.includes(host ?? '')) {
    throw new ControlError(403, 'foreign_host', `This port is called ${here.join(' or ')}.`);
  }
  if (origin !== undefined && !here.some((name) => origin === `http://${name}`)) {
    throw new ControlError(403, 'foreign_origin', 'This port answers no pages of other origins.');
  }
}
