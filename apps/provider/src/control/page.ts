import type { LedgerRow } from '../ledger.ts';
import { formatAmount } from '../money.ts';

const NEWEST_ORDERS = 200;

/** The ledger by order, newest order first, as a page for a person. An order that was charged twice comes first. */
export function ledgerPage(rows: LedgerRow[]): string {
  const orders = [...Map.groupBy(rows, (row) => `${row.account} ${row.order_id ?? ''}`).values()].toReversed();
  const doubles = orders.filter(isDouble);
  const shown = [...doubles, ...orders.filter((order) => !isDouble(order)).slice(0, NEWEST_ORDERS)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Local payment provider</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color-scheme: light dark; }
  table { border-collapse: collapse; width: 100%; margin: .25rem 0 1.5rem; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
  td.amount, th.amount { text-align: right; font-variant-numeric: tabular-nums; }
  h2 { font-size: 1rem; margin: 0; }
  .double { border-left: .3rem solid #c00; padding-left: .75rem; }
  .double strong { color: #c00; }
  code { font-size: .85em; }
  main { overflow-x: auto; }
</style>
</head>
<body>
<h1>Local payment provider</h1>
<p>${rows.length} ledger rows, ${orders.length} orders, <strong>${doubles.length}</strong> charged more than once.
${shown.length < orders.length ? `The newest ${shown.length} orders are shown.` : ''}</p>
<main>
${shown.map(orderSection).join('\n')}
</main>
</body>
</html>
`;
}

/** More charges than voids for one order: what the shop promises never happens. Rows without an order are nobody's. */
function isDouble(order: LedgerRow[]): boolean {
  const count = (kind: LedgerRow['kind']) => order.filter((row) => row.kind === kind).length;
  return order[0]?.order_id !== null && count('charge') - count('void') > 1;
}

function orderSection(order: LedgerRow[]): string {
  const [first] = order;
  const double = isDouble(order);
  return `<section${double ? ' class="double"' : ''}>
<h2>${escapeHtml(first?.order_id ?? 'No order')} <small>${escapeHtml(first?.account ?? '')}</small>${double ? ' <strong>charged more than once</strong>' : ''}</h2>
<table>
<thead><tr><th>When</th><th>What</th><th class="amount">Amount</th><th>Intent</th><th>Charge</th><th>Request</th></tr></thead>
<tbody>${order.map(tableRow).join('')}</tbody>
</table>
</section>`;
}

function tableRow(row: LedgerRow): string {
  return `<tr><td>${new Date(row.ts).toISOString()}</td><td>${row.kind}</td>
<td class="amount">${formatAmount(row.amount, row.currency)}</td><td><code>${escapeHtml(row.pi)}</code></td>
<td><code>${escapeHtml(row.charge)}</code></td><td><code>${escapeHtml(row.request_id)}</code></td></tr>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
