import { createHmac } from 'node:crypto';
import type { Db } from '@once/db';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Rate, Rates } from './rates.ts';

export interface Who {
  /** Null: nobody we know. */
  readonly principal: string | null;
  /** Null: this machine, or not known. */
  readonly network: string | null;
}

/** Nothing was done and nothing is stored of it: the same may be asked again. */
export class RateLimitedError extends Error {
  override readonly name = 'RateLimitedError';
  readonly code = 'RATE_LIMITED';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('too many requests');
    this.retryAfterMs = retryAfterMs;
  }
}

export interface RateLimits {
  /** Counts it. @throws {RateLimitedError} */
  count(what: keyof Rates, who: Who): Promise<void>;
  /** Counts nothing. @throws {RateLimitedError} it was done too often already */
  refuse(what: keyof Rates, who: Who): Promise<void>;
}

/**
 * Counted in Postgres, so that several processes count together. Whoever is over a limit is refused out of memory until it
 * ends: a flood costs the database no more than the first request over it.
 *
 * @param secret no address is stored, only its HMAC
 */
export function rateLimits(db: Db, rates: Rates, secret: string): RateLimits {
  const limiters = new Map<string, RateLimiterPostgres>();
  for (const [what, { principal, network }] of Object.entries(rates) as [keyof Rates, Limit][]) {
    limiters.set(`${what}:principal`, limiterOf(db, principal));
    limiters.set(`${what}:network`, limiterOf(db, network));
  }
  const hashed = (text: string) => createHmac('sha256', secret).update(`rate-limit:${text}`).digest('base64url');
  const pairs = (what: keyof Rates, who: Who) =>
    (['principal', 'network'] as const).flatMap((kind) => {
      const limiter = limiters.get(`${what}:${kind}`);
      const name = who[kind];
      return limiter && name !== null ? [{ limiter, key: `${what}:${kind}:${hashed(name)}` }] : [];
    });
  return {
    async count(what, who) {
      for (const { limiter, key } of pairs(what, who)) await consume(limiter, key);
    },
    async refuse(what, who) {
      for (const { limiter, key } of pairs(what, who)) {
        const seen = await limiter.get(key);
        if (seen && seen.consumedPoints > limiter.points) throw new RateLimitedError(seen.msBeforeNext);
      }
    },
  };
}

async function consume(limiter: RateLimiterPostgres, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    // Its way of saying no; anything else is the database's trouble.
    throw error instanceof RateLimiterRes ? new RateLimitedError(error.msBeforeNext) : error;
  }
}

const limiterOf = (db: Db, { times, seconds }: Rate): RateLimiterPostgres =>
  new RateLimiterPostgres({
    storeClient: asPgClient(db),
    storeType: 'client',
    tableName: 'rate_limit',
    // By our migration: the web's role makes no tables.
    tableCreated: true,
    keyPrefix: '',
    points: times,
    duration: seconds,
    inMemoryBlockOnConsumed: times + 1,
  });

/** It asks node-postgres; our driver is another one. */
const asPgClient = ({ $client }: Db) => ({
  query: async ({ text, values }: { text: string; values: (string | number | null)[] }) => {
    const rows = await $client.unsafe(text, values);
    return { rows, rowCount: rows.count };
  },
});
