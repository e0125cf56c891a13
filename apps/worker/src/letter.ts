import { orderNumber, type ReceiptLinks } from '@once/checkout';
import type { schema } from '@once/db';
import type { Mail } from './mailer.ts';

export type Row = readonly [label: string, amount: string];

/** What a mail about an order says, before it is text or HTML. */
export interface Letter {
  readonly about: 'receipt' | 'refund';
  /** Of the order, or of the refund. With `about` it names the mail, so that a second copy of it is known for one. */
  readonly id: string;
  readonly subject: string;
  readonly greeting: string;
  readonly rows: readonly Row[];
  /** The last of the rows. */
  readonly total: Row;
  /** Paragraphs, each of one or more lines. */
  readonly paragraphs: readonly (readonly string[])[];
  /** Above the link to the receipt. */
  readonly closing: string;
  readonly date: Date;
}

/** Whose mails these are. */
export interface Sender {
  readonly publicUrl: string;
  readonly receiptLinks: ReceiptLinks;
}

/** The letter as a mail to whoever ordered. Pure: the same letter gives the same mail. */
export function mailOf(letter: Letter, order: typeof schema.orders.$inferSelect, sender: Sender): Mail {
  const { publicUrl, receiptLinks } = sender;
  const host = new URL(publicUrl).hostname;
  const receiptLink = receiptLinks.write({ orderId: order.id, linksEnded: order.receiptLinksEnded });
  const end = {
    // Read on whatever device the mail is read on, where there may be no cookie.
    link: `${publicUrl}/receipts/${receiptLink}`,
    sign: `Order ${orderNumber(order.id)}, ${formatDate(letter.date)}`,
  };
  const name = `${letter.id}.${letter.about}`;
  return {
    name,
    messageId: `<${name}@${host}>`,
    from: { name: 'Once', address: `orders@${host}` },
    to: { name: order.name, address: order.email },
    subject: letter.subject,
    text: textOf(letter, end),
    html: htmlOf(letter, end),
    date: letter.date,
  };
}

export function formatMoney(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

interface End {
  readonly link: string;
  readonly sign: string;
}

function textOf({ greeting, rows, total, paragraphs, closing }: Letter, { link, sign }: End): string {
  const all = [...rows, total];
  const width = Math.max(...all.map(([label]) => label.length)) + 2;
  const amounts = Math.max(...all.map(([, amount]) => amount.length));
  return [
    greeting,
    '',
    ...all.map(([label, amount]) => `  ${label.padEnd(width)}${amount.padStart(amounts)}`),
    '',
    ...paragraphs.flatMap(([first, ...more]) => [first ?? '', ...more.map((line) => `  ${line}`), '']),
    closing,
    link,
    '',
    sign,
    'Once',
    '',
  ].join('\n');
}

function htmlOf({ subject, greeting, rows, total, paragraphs, closing }: Letter, { link, sign }: End): string {
  const row = ([label, amount]: Row, style = '') =>
    `<tr><td style="padding:4px 24px 4px 0;${style}">${escapeHtml(label)}</td>` +
    `<td style="padding:4px 0;text-align:right;${style}">${escapeHtml(amount)}</td></tr>`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;padding:32px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff">',
    `<p>${escapeHtml(greeting)}</p>`,
    '<table role="presentation" style="border-collapse:collapse">',
    ...rows.map((line) => row(line)),
    row(total, 'border-top:1px solid #1a1a1a;font-weight:600'),
    '</table>',
    ...paragraphs.map((lines) => `<p>${lines.map(escapeHtml).join('<br>')}</p>`),
    `<p>${escapeHtml(closing)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`,
    `<p style="color:#666">${escapeHtml(sign)}<br>Once</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

const formatDate = (date: Date): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(date);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
