import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ControlError } from './error.ts';

/** The name of an account, as API keys have it. */
export const accountName = z.string().regex(/^\w+$/);

/** @throws {ControlError} 400 invalid_input, with what is wrong in it. */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ControlError(400, 'invalid_input', z.prettifyError(parsed.error));
}

/** @throws {ControlError} 415, 400 invalid_json. */
export function parseJson(request: IncomingMessage, body: string): unknown {
  // A plain HTML form cannot send this type, so a page elsewhere cannot post here without a preflight it will not get.
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw new ControlError(415, 'unsupported_media_type', 'Send application/json.');
  }
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new ControlError(400, 'invalid_json', 'The body is not JSON.', { cause });
  }
}
