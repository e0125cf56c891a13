import { type Evidence, type Placed, shortKey } from './events.ts';
import type { AuditRow, Transition } from './evidence.ts';

/**
 * Commits of operations, from the log of whoever made them and the audit rows that they carried. A line is logged after its
 * commit and the rows have the time inside it, so a commit is drawn where its first row stands.
 */
export function commitsOf({ transitions, audit, keys }: Pick<Evidence, 'transitions' | 'audit' | 'keys'>): Placed[] {
  const rows = groupsOf(audit);
  const taken = new Set<AuditGroup>();
  const commits = transitions
    .toSorted((a, b) => a.time - b.time)
    .flatMap((transition): Placed[] => {
      if (isQuiet(transition)) return [];
      const key = keys.get(transition.record_id ?? '');
      const base = { ...drawn(transition), ...(key !== undefined && { key: shortKey(key) }) };
      if (!isCommit(transition)) return [base];
      const carried = rows.filter(
        (group) => !taken.has(group) && group.atMs <= transition.time + 1 && isBy(group, transition),
      );
      for (const group of carried) taken.add(group);
      const first = carried[0];
      return first ? [{ ...base, atMs: first.atMs, rank: 5.5 }] : [base];
    });
  return [...commits, ...rows.map(factOf)];
}

interface AuditGroup {
  readonly id: string;
  readonly atMs: number;
  readonly actor: string;
  readonly actions: readonly string[];
}

/** Rows of one statement have one time. */
function groupsOf(audit: readonly AuditRow[]): AuditGroup[] {
  const groups: (AuditGroup & { actions: string[] })[] = [];
  for (const { id, atMs, actor, action } of audit) {
    const last = groups.at(-1);
    if (last && last.atMs === atMs)
      groups.splice(-1, 1, { ...last, id: `${last.id},${id}`, actions: [...last.actions, action] });
    else groups.push({ id, atMs, actor, actions: [action] });
  }
  return groups;
}

const factOf = ({ id, atMs, actions }: AuditGroup): Placed => ({
  ...{ source: `audit:${id}`, atMs, rank: 5.6, from: 'postgres', to: 'postgres', kind: 'commit' },
  text: actions.map((action) => action.replace('.', ' ')).join(', '),
});

/** A provider's word is recorded outside an operation. */
const isBy = ({ actor }: AuditGroup, { by }: Transition): boolean =>
  actor !== 'provider' && (by === 'worker') === (actor === 'worker');

const isCommit = ({ name }: Transition) => name === 'claimed' || name === 'advanced' || name === 'settled';

/** The worker also wakes, counts and expires; a diagram of a payment shows what moves one. */
const isQuiet = ({ name }: Transition) => name === 'expired' || name === 'forgotten' || name === 'retried';

function drawn({ name, time, by, line, operation, fence, phase, code }: Transition): Placed {
  const place = { source: `log:${by}:${line}`, atMs: time, rank: 7 } as const;
  const who = by === 'worker' ? 'Worker: ' : '';
  const toPostgres = { ...place, from: 'shop', to: 'postgres', kind: 'message' } as const;
  const inShop = { ...place, from: 'shop', to: 'shop' } as const;
  const what = operation === 'checkout.pay' ? '' : ` (${operation.replace('checkout.', '').replace('_', ' ')})`;
  switch (name) {
    case 'claimed':
      return { ...toPostgres, text: `${who}Claim the key${what}` };
    case 'taken_over':
      return { ...toPostgres, text: `${who}Take over${what}, fence ${fence ?? ''}` };
    case 'advanced':
      return { ...toPostgres, text: `${who}Write down: ${phase ?? 'a step'}${what}` };
    case 'settled':
      return { ...toPostgres, text: `${who}Settle${what}: answer stored` };
    case 'replayed':
      return { ...place, from: 'postgres', to: 'shop', kind: 'reply', text: `${who}Stored answer` };
    case 'refused':
      return {
        ...place,
        from: 'postgres',
        to: 'shop',
        kind: 'reply',
        text: `${who}${REFUSALS[code ?? ''] ?? `Refused: ${code ?? ''}`}`,
      };
    case 'waiting':
      return { ...inShop, kind: 'fact', text: `${who}Waits for the bank` };
    case 'unknown':
      return { ...inShop, kind: 'trouble', text: `${who}Outcome unknown` };
    case 'recovered':
      return { ...inShop, kind: 'fact', text: `${who}Its answer is known now` };
    case 'lease_lost':
      return { ...inShop, kind: 'trouble', text: `${who}Lease lost: writes nothing` };
    case 'failed':
      return { ...inShop, kind: 'trouble', text: `${who}${phase ?? 'Commit'} failed, undone` };
    default:
      return { ...inShop, kind: 'fact', text: `${who}${name.replace('_', ' ')}` };
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  IDEMPOTENCY_IN_FLIGHT: 'Key is in flight: nothing sent',
  IDEMPOTENCY_FINGERPRINT_MISMATCH: 'Same key, another token: nothing sent',
  IDEMPOTENCY_UNAVAILABLE: 'Database away',
};
