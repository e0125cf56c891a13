import type { Registry } from 'prom-client';

// What the history keeps of a registry, under names of its own: a few numbers out of hundreds, so that a row stays small.

/** By name; zeros are left out. */
export type Counts = Readonly<Record<string, number>>;

export interface Counted {
  /** Since the process started: these only rise. */
  readonly sums: Counts;
  /** As it stands now. */
  readonly peaks: Counts;
}

const PAY = 'checkout.pay';

/** Buckets are kept as they are, each with all that took no longer: `pay_le:0.5`. */
export const BUCKETS = { pay: 'pay_le:', confirm: 'confirm_le:', known: 'known_le:' } as const;

export async function readCounted(registry: Registry): Promise<Counted> {
  const tries = await valuesOf(registry, 'once_tries_total');
  const transitions = await valuesOf(registry, 'once_transitions_total');
  const ofPay = (outcome: string) =>
    sumOf(tries, (it) => it.operation === PAY && it.outcome === outcome && it.replayed === 'false');
  const events = (event: string) => sumOf(transitions, (it) => it.event === event);
  const seconds = await valuesOf(registry, 'once_operation_seconds');
  return {
    sums: withoutZeros({
      ...{ purchases: ofPay('succeeded'), rejected: ofPay('rejected') },
      ...{ replays: events('replayed'), takeovers: events('taken_over'), unknowns: events('unknown') },
      expired: events('expired'),
      ...buckets(seconds, BUCKETS.pay, (it) => it.operation === PAY && it.phase === ''),
      ...buckets(seconds, BUCKETS.confirm, (it) => it.operation === PAY && it.phase === 'confirm'),
      ...buckets(await valuesOf(registry, 'once_unknown_seconds'), BUCKETS.known, () => true),
    }),
    peaks: withoutZeros({
      expiryLagSeconds: sumOf(await valuesOf(registry, 'once_expiry_lag_seconds'), () => true),
    }),
  };
}

interface Value {
  readonly value: number;
  readonly labels: Labels;
}
type Labels = Partial<Record<'operation' | 'outcome' | 'replayed' | 'event' | 'phase' | 'le', string | number>>;

const valuesOf = async (registry: Registry, name: string): Promise<readonly Value[]> =>
  (await registry.getSingleMetric(name)?.get())?.values ?? [];

const sumOf = (values: readonly Value[], isMeant: (labels: Labels) => boolean): number =>
  values.reduce((sum, { value, labels }) => sum + (isMeant(labels) ? value : 0), 0);

function buckets(values: readonly Value[], prefix: string, isMeant: (labels: Labels) => boolean): Counts {
  const found: Record<string, number> = {};
  for (const { value, labels } of values) {
    if (labels.le === undefined || !isMeant(labels)) continue;
    const name = `${prefix}${labels.le}`;
    found[name] = (found[name] ?? 0) + value;
  }
  return found;
}

const withoutZeros = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
