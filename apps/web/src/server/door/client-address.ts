import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Set by src/server/door/connections.ts on every request; what a client sends under this name is overwritten. */
export const PEER_HEADER = 'x-once-peer';

/** A home, an office, a machine: what one customer of a provider is given of IPv6. */
const IPV6_NETWORK_BITS = 64;

/**
 * The network that a request comes from: an IPv4 address, or the first half of an IPv6 one. Null: this machine itself, or
 * not known; then there is nobody to tell apart by their network.
 *
 * @param trustedProxies how many proxies of ours stand in front: each has appended whom it saw to X-Forwarded-For, and what
 *   stands before that the client wrote itself
 */
export function networkOf(headers: Headers, trustedProxies: number): string | null {
  const address = clientAddress(headers, trustedProxies);
  if (address === undefined || isIP(address) === 0) return null;
  const parsed = ipaddr.process(address);
  if (parsed.range() === 'loopback') return null;
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${IPV6_NETWORK_BITS}`).toString()}/${IPV6_NETWORK_BITS}`;
}

/** Undefined: not known. */
export function clientAddress(headers: Headers, trustedProxies: number): string | undefined {
  const peer = headers.get(PEER_HEADER) ?? undefined;
  if (trustedProxies === 0) return peer;
  const seen = (headers.get('x-forwarded-for') ?? '').split(',').map((part) => part.trim());
  // Shorter than there are proxies: it came past them, so nothing in it is theirs.
  return seen.at(-trustedProxies) || peer;
}
