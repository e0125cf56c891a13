import { isIP } from 'node:net';
import { knowsToken } from '@once/checkout/metrics';
import ipaddr from 'ipaddr.js';
import { Gauge, type Registry } from 'prom-client';
import type { Env } from '#env.ts';
import { PEER_HEADER } from './door/client-address.ts';
import type { Gate } from './door/gate.ts';
import type { Storefront } from './storefront.ts';

export function gateMetrics(registry: Registry, gates: Readonly<Record<string, Gate>>): void {
  new Gauge({
    name: 'once_web_under_way',
    help: 'Requests to the API, and payments among them, that are under way.',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      for (const [what, gate] of Object.entries(gates)) this.set({ what }, gate.inside);
    },
  });
}

/**
 * The figures of this process. Not for visitors: with `METRICS_TOKEN` for who knows it; without one only where the whole shop
 * is for this machine alone, and to this machine. Anywhere else a proxy may stand in front, and all the world comes from it.
 */
export async function answerMetrics({ headers }: Request, { env, metrics }: Storefront): Promise<Response> {
  const noStore = { 'cache-control': 'no-store' };
  if (env.metricsToken === undefined) {
    if (!isLocalReader(headers, env)) return new Response('not found\n', { status: 404, headers: noStore });
  } else if (!knowsToken(headers.get('authorization'), env.metricsToken)) {
    return new Response('METRICS_TOKEN is needed\n', {
      status: 401,
      headers: { ...noStore, 'www-authenticate': 'Bearer' },
    });
  }
  return new Response(await metrics.metrics(), { headers: { ...noStore, 'content-type': metrics.contentType } });
}

function isLocalReader(headers: Headers, env: Env): boolean {
  const peer = headers.get(PEER_HEADER) ?? '';
  return env.isThisMachine && isIP(peer) !== 0 && ipaddr.process(peer).range() === 'loopback';
}
