import { type Placed, shortKey, wordOf } from './events.ts';
import type { AccountEvidence } from './evidence.ts';
import type { JournalRow } from './provider.ts';

/** What was asked of the provider about payments and what it really sent back, what it charged, and what it told by itself. */
export function requestsOf({ journal, ledger, deliveries }: AccountEvidence): Placed[] {
  const charges = ledger.filter(({ kind }) => kind === 'charge');
  const asked = journal.filter(isOfPayment).flatMap((row): Placed[] => {
    const charge = charges.findIndex(({ request_id: id }) => id === row.requestId) + 1;
    return [
      arrived(row),
      ...(charge > 0 ? [charged(row, charge)] : []),
      ...(row.sent === null || row.answeredTs === null ? [] : [answered(row, row.answeredTs, row.sent)]),
    ];
  });
  const told = deliveries.flatMap(({ id, event_type: type, tried }) =>
    tried.map(
      ({ ts, status }, n): Placed => ({
        ...{ source: `delivery:${id}:${n}`, atMs: ts, rank: 4.65, from: 'provider', to: 'shop' },
        ...(status === null
          ? { kind: 'lost', text: `${wordOf(type)}: nobody there` }
          : { kind: 'message', text: wordOf(type) }),
      }),
    ),
  );
  return [...asked, ...told];
}

/** Of intents; a card's token is looked up too, which moves nothing. */
export const isOfPayment = ({ path }: Pick<JournalRow, 'path'>): boolean => path.startsWith('/v1/payment_intents');

function arrived(row: JournalRow): Placed {
  return {
    ...{ source: `journal:${row.seq}:received`, atMs: row.ts, rank: 4, from: 'shop', to: 'provider' },
    kind: 'message',
    text: nameOf(row),
    ...(row.idempotencyKey && { key: shortKey(row.idempotencyKey) }),
  };
}

function charged(row: JournalRow, charge: number): Placed {
  const atMs = row.committedTs ?? row.ts;
  const place = { source: `ledger:${row.seq}`, atMs, rank: 4.5, from: 'provider', to: 'provider' } as const;
  return { ...place, kind: 'charge', charge, text: `Charge ${charge}` };
}

function answered({ seq, status }: JournalRow, atMs: number, sent: string): Placed {
  const place = { source: `journal:${seq}:answered`, atMs, rank: 4.7, from: 'provider', to: 'shop' } as const;
  const broken = BROKEN[sent];
  if (broken) return { ...place, kind: 'lost', text: broken };
  if (sent.endsWith('(the client was gone)')) return { ...place, kind: 'lost', text: 'Answered, nobody there' };
  const text = status === null ? sent : status < 400 ? `${status} OK` : `${status}, an error`;
  return { ...place, kind: 'reply', text };
}

const BROKEN: Readonly<Record<string, string>> = {
  rst_after: 'Answer lost: connection reset',
  cut_body: 'Answer cut in the middle',
  hang_after: 'No answer: it hangs',
};

function nameOf({ method, path }: JournalRow): string {
  const verb = path.split('/')[4];
  if (verb === 'confirm') return 'Confirm the intent';
  if (verb === 'cancel') return 'Cancel the intent';
  if (method === 'GET') return 'How is the intent?';
  return 'Create an intent';
}
