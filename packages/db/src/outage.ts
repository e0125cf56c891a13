// Of the driver, then of the server: it is away, hangs up, has no room for us (connections, disk, memory), must not be
// written to just now (a standby, or a host that protects a full disk), or cannot reach its own disk.
const OUTAGE =
  /^(ECONN(REFUSED|RESET)|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|CONNECT_TIMEOUT|CONNECTION_(CLOSED|ENDED|DESTROYED)|08\w{3}|57P0\d|53\w{3}|25006|58030)$/;

/**
 * Whether the database could not do it just now, so that the same may be asked again. An answer that was lost looks the
 * same: what was asked may have been done.
 */
export function isOutage(error: unknown): boolean {
  // Drizzle wraps the driver's error, and others wrap Drizzle's.
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && OUTAGE.test(String(at.code))) return true;
  }
  return false;
}
