// What the pages have in common: the frame around them, and the few things that they are made of.
import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { STYLE } from './style.ts';

const PAGES = [
  ['/', 'Payments'],
  ['/requests', 'Requests'],
  ['/webhooks', 'Webhooks'],
  ['/arm', 'Faults'],
] as const;

/** @param path of the page, as its link in the navigation has it */
export function page(path: string, title: string, content: Html): string {
  return html`${new Html('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Local payment provider</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header><p>Local payment provider <span>no real money</span></p>
<nav aria-label="Pages">${PAGES.map(([to, name]) => link(to, name, to === path))}</nav></header>
<main id="content"><h1>${title}</h1>${content}</main>
</body>
</html>
`.text;
}

/** For every page: nothing is loaded, nothing runs, forms go nowhere else. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** A form with one button, for what is done to one thing. @param back the page that comes after it, with its query */
export function button(
  action: string,
  label: string,
  back: string,
  fields: Readonly<Record<string, string>> = {},
): Html {
  const hidden = Object.entries({ back, ...fields }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form class="inline" method="post" action="${action}">${hidden}<button>${label}</button></form>`;
}

/** What narrows a page: a form that is sent by GET. */
export function filterForm(path: string, fields: readonly [name: string, label: string, value: string][]): Html {
  const inputs = fields.map(
    ([name, label, value]) => html`<label>${label} <input name="${name}" value="${value}" autocomplete="off"></label>`,
  );
  return html`<form class="filter" action="${path}">${inputs}<button>Show</button></form>`;
}

/** A table that becomes a list of cards where it is narrow: so each cell knows its column. */
export function table(columns: readonly string[], rows: readonly (readonly (Html | string | number | null)[])[]): Html {
  if (rows.length === 0) return html`<p class="none">None.</p>`;
  const cells = (row: readonly (Html | string | number | null)[]) =>
    row.map((cell, index) => html`<td data-label="${columns[index]}"><div>${cell}</div></td>`);
  return html`<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody></table>`;
}

export function code(text: string | null): Html {
  return text === null ? html`–` : html`<code>${text}</code>`;
}

export function time(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`;
}

/** A word for a state; `bad` is what somebody has to look at. */
export function state(text: string, kind: 'good' | 'bad' | 'open' | '' = ''): Html {
  return html`<span class="state ${kind}">${text}</span>`;
}

function link(to: string, name: string, isHere: boolean): Html {
  return isHere ? html`<a href="${to}" aria-current="page">${name}</a>` : html`<a href="${to}">${name}</a>`;
}
