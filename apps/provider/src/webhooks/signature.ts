import { createHmac } from 'node:crypto';

/**
 * The `Stripe-Signature` header of one try: one `v1` for each secret, and the `v0` that Stripe adds in test mode so that
 * whoever checks a signature learns to skip schemes that are not his.
 */
export function signatureHeader(body: string, atMs: number, secrets: readonly string[]): string {
  const seconds = Math.floor(atMs / 1000);
  const signed = secrets.map((secret) => `v1=${hmac(secret, `${seconds}.${body}`)}`);
  return [`t=${seconds}`, ...signed, `v0=${hmac('test mode', `${seconds}.${body}`)}`].join(',');
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest('hex');
}
