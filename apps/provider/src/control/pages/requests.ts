import type { JournalRow } from '../../journal.ts';
import type { Store } from '../../store.ts';
import { type Html, html } from './html.ts';
import { code, filterForm, page, state, table, time } from './layout.ts';

const NEWEST = 100;

/** Every request that came, the newest first: what it asked, whether it took effect, and what was really sent. */
export function requestsPage(
  store: Store,
  filter: { account?: string | undefined; request?: string | undefined },
): string {
  const { account = '', request = '' } = filter;
  const rows = store.journal.newest({ account: filter.account, requestId: filter.request, limit: NEWEST });
  return page(
    '/requests',
    'Requests',
    html`${filterForm('/requests', [
      ['account', 'Account', account],
      ['request', 'Request', request],
    ])}
<p>The newest ${NEWEST} at most. What has no answer was cut off, or is still running.</p>
<section>${table(
      ['When', 'Account', 'Request', 'Key', 'Effect', 'Sent', 'Faults'],
      rows.map((row) => [
        time(row.ts),
        row.account ?? '–',
        html`${code(`${row.method} ${row.path}`)}<details><summary>${row.requestId}</summary><pre>${row.params}</pre>${row.body !== null && html`<pre>${row.body}</pre>`}</details>`,
        code(row.idempotencyKey),
        row.method === 'GET' ? '' : row.committed ? state('committed', 'good') : state('none'),
        sent(row),
        row.faults.length === 0 ? '' : state(row.faults.join(', '), 'bad'),
      ]),
    )}</section>`,
  );
}

function sent({ status, sent: what }: JournalRow): Html {
  if (what === null) return state('nothing yet', 'open');
  return html`${state(status === null ? 'no answer' : String(status), status !== null && status < 400 ? 'good' : 'bad')} ${what}`;
}
