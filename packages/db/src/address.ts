/**
 * A Postgres address as our driver reads it. `pgbouncer=true`, which other tools know, says that a pooler in front forgets
 * prepared statements; the driver says `prepare=false`, and would send a name that it does not know to the server.
 */
export function driverAddress(url: string): string {
  if (!URL.canParse(url)) return url; // whoever connects says what is wrong with it
  const address = new URL(url);
  const pooled = address.searchParams.get('pgbouncer');
  if (pooled === null) return url;
  address.searchParams.delete('pgbouncer');
  if (pooled !== 'false') address.searchParams.set('prepare', 'false');
  return address.href;
}

/**
 * `max=` in the address: how many connections a process may open. The driver would take it for a string, and then for one.
 *
 * @throws {DatabaseUrlError}
 */
export function poolSizeIn(url: string): number | undefined {
  const said = URL.canParse(url) ? new URL(url).searchParams.get('max') : null;
  if (said === null) return undefined;
  const max = Number(said);
  if (Number.isInteger(max) && max >= 1 && max <= 1_000) return max;
  throw new DatabaseUrlError(`DATABASE_URL: max=${said} is not a number of connections from 1 to 1000`);
}

export class DatabaseUrlError extends Error {
  override readonly name = 'DatabaseUrlError';
  readonly code = 'DATABASE_URL_INVALID';
}
