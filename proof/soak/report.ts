import { KINDS } from './fault-kinds.ts';
import { INVARIANTS, type Violation } from './invariants.ts';
import type { Profile } from './profile.ts';
import type { Run } from './soak.ts';

/** Why a run that violated nothing has not shown enough all the same. */
export function shortcomings({ orders, everyKind }: Profile, run: Run): string[] {
  const { purchases, evidence, armed, ended } = run;
  const { struck } = evidence.provider;
  const kinds = everyKind ? new Set(Object.values(KINDS).flatMap((list) => list.map(({ name }) => name))) : [];
  const share = faultyShare(run);
  return [
    ...(orders < Number.MAX_SAFE_INTEGER && purchases < orders ? [`${purchases} of ${orders} purchases`] : []),
    ...[...kinds]
      .filter((name) => !struck[name])
      .map((name) => `${name} was armed ${armed.get(name) ?? 0}× and never struck`),
    ...(share < LEAST_FAULTY[everyKind ? 'long' : 'short']
      ? [`only ${percent(share)} of the provider’s calls were faulty`]
      : []),
    ...ended.map((how) => `${how} ended by itself`),
  ];
}

/** A short run has too few calls to be near what it draws. */
const LEAST_FAULTY = { short: 0.1, long: 0.2 } as const;

export function faultyShare({ evidence }: Run): number {
  const { requests } = evidence.provider;
  return requests.filter(({ faults }) => faults > 0).length / requests.length;
}

export function reportOf({ seed }: Profile, run: Run, violations: readonly Violation[]): string {
  const { visits, purchases, seconds, drainSeconds, kills, deaths, evidence, settled, disputed, resolved } = run;
  const { struck, requests, ledger, delivered } = evidence.provider;
  const states = Map.groupBy(evidence.shop.orders, ({ state, reviewReason }) =>
    reviewReason ? `${state}, ${reviewReason}` : state,
  );
  const answers = Map.groupBy(
    evidence.heard,
    ({ status, answer, errorCode }) => answer ?? errorCode ?? (status === null ? 'nothing' : String(status)),
  );
  return [
    `seed ${seed}`,
    `${purchases} purchases by ${visits} shoppers in ${seconds.toFixed(0)} s: ${(purchases / seconds).toFixed(1)}/s; then ${drainSeconds.toFixed(0)} s until nothing was under way`,
    `orders: ${counted(states)}`,
    `heard: ${counted(answers)}`,
    `provider: ${requests.length} calls, ${percent(faultyShare(run))} faulty; ${counted(Map.groupBy(ledger, ({ kind }) => kind))}; ${settled} settled late, ${disputed} disputed; ${delivered.length} events delivered`,
    `faults that struck: ${listed(struck)}`,
    `killed with -9: ${listed(kills)}; provider by its own faults ${deaths}`,
    `taken over: ${evidence.takings.length}; left to a person: ${resolved} operations`,
    `checked: ${Object.keys(INVARIANTS).join(' ')}`,
    violations.length === 0 ? '0 violations' : `${violations.length} VIOLATIONS`,
    ...evidence.slips.slice(0, 10).map((slip) => `a mistake of the shop: ${slip}`),
    ...violations.slice(0, 40).map(({ invariant, what }) => `  ${invariant} (${INVARIANTS[invariant]?.says}): ${what}`),
  ].join('\n');
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

const counted = (groups: ReadonlyMap<string, readonly unknown[]>) =>
  listed(Object.fromEntries([...groups].map(([name, of]) => [name, of.length])));

const listed = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
