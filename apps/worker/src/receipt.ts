import { orderNumber } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, asc, eq } from 'drizzle-orm';
import type { Mail } from './mailer.ts';

const { orderLine, orders, paymentAttempt } = schema;

export interface Receipt {
  readonly order: typeof orders.$inferSelect;
  readonly lines: readonly (typeof orderLine.$inferSelect)[];
  /** Of the card that paid; null where the provider did not say. */
  readonly last4: string | null;
}

export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code: 'ORDER_NOT_PAID';

  constructor(orderId: string) {
    super(`order ${orderId} has no payment to write a receipt for`);
    this.code = 'ORDER_NOT_PAID';
  }
}

/** @throws {ReceiptError} the order was never paid */
export async function readReceipt(db: Db, orderId: string): Promise<Receipt> {
  const [order] = await db.select().from(orders).where(eq(orders.id, orderId));
  if (!order?.paidAt) throw new ReceiptError(orderId);
  const lines = await db.select().from(orderLine).where(eq(orderLine.orderId, orderId)).orderBy(asc(orderLine.line));
  const [attempt] = await db
    .select({ last4: paymentAttempt.last4 })
    .from(paymentAttempt)
    .where(and(eq(paymentAttempt.orderId, orderId), eq(paymentAttempt.state, 'paid')));
  return { order, lines, last4: attempt?.last4 ?? null };
}

/** The mail that says what was bought and that it was charged once. Pure: the same receipt gives the same mail. */
export function receiptMail({ order, lines, last4 }: Receipt, publicUrl: string): Mail {
  const number = orderNumber(order.id);
  const host = new URL(publicUrl).hostname;
  const money = (minor: number) => formatMoney(minor, order.currency);
  const facts: Facts = {
    number,
    date: formatDate(order.paidAt ?? order.createdAt),
    prints: lines.map((line) => [`${line.title}, No. ${line.number} of ${line.editionCopies}`, money(line.priceMinor)]),
    shipping: [
      order.shippingMethod === 'express' ? 'Express shipping' : 'Tracked shipping',
      money(order.shippingMinor),
    ],
    total: ['Total', money(order.totalMinor)],
    tax: `VAT of ${money(order.taxMinor)} is included.`,
    charged: `${money(order.totalMinor)} was charged once${last4 ? `, to the card ending ${last4}` : ''}.`,
    address: addressOf(order),
    link: `${publicUrl}/orders/${order.id}`,
  };
  return {
    name: `${order.id}.receipt`,
    messageId: `<${order.id}.receipt@${host}>`,
    from: { name: 'Once', address: `orders@${host}` },
    to: { name: order.name, address: order.email },
    subject: `Paid once: your order ${number}`,
    text: textOf(facts),
    html: htmlOf(facts),
    date: order.paidAt ?? order.createdAt,
  };
}

type Row = readonly [label: string, amount: string];

interface Facts {
  readonly number: string;
  readonly date: string;
  readonly prints: readonly Row[];
  readonly shipping: Row;
  readonly total: Row;
  readonly tax: string;
  readonly charged: string;
  readonly address: readonly string[];
  readonly link: string;
}

const GREETING = 'Thank you. Your payment arrived, once, and these numbers are yours:';
const CLOSING = 'Each number is sold once. The certificate of each print is on the page of your order:';

function textOf(facts: Facts): string {
  const rows = [...facts.prints, facts.shipping, facts.total];
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  const amounts = Math.max(...rows.map(([, amount]) => amount.length));
  return [
    GREETING,
    '',
    ...rows.map(([label, amount]) => `  ${label.padEnd(width)}${amount.padStart(amounts)}`),
    '',
    facts.charged,
    facts.tax,
    '',
    'We send it to',
    ...facts.address.map((line) => `  ${line}`),
    '',
    CLOSING,
    facts.link,
    '',
    `Order ${facts.number}, ${facts.date}`,
    'Once',
    '',
  ].join('\n');
}

function htmlOf(facts: Facts): string {
  const row = ([label, amount]: Row, style = '') =>
    `<tr><td style="padding:4px 24px 4px 0;${style}">${escapeHtml(label)}</td>` +
    `<td style="padding:4px 0;text-align:right;${style}">${escapeHtml(amount)}</td></tr>`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>Order ${escapeHtml(facts.number)}</title></head>`,
    '<body style="margin:0;padding:32px;font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff">',
    `<p>${escapeHtml(GREETING)}</p>`,
    '<table role="presentation" style="border-collapse:collapse">',
    ...facts.prints.map((print) => row(print)),
    row(facts.shipping),
    row(facts.total, 'border-top:1px solid #1a1a1a;font-weight:600'),
    '</table>',
    `<p>${escapeHtml(facts.charged)}<br>${escapeHtml(facts.tax)}</p>`,
    `<p>We send it to<br>${facts.address.map(escapeHtml).join('<br>')}</p>`,
    `<p>${escapeHtml(CLOSING)}<br><a href="${escapeHtml(facts.link)}">${escapeHtml(facts.link)}</a></p>`,
    `<p style="color:#666">Order ${escapeHtml(facts.number)}, ${escapeHtml(facts.date)}<br>Once</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

function addressOf(order: Receipt['order']): string[] {
  const country = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(order.country);
  const lines = [order.name, order.line1, order.line2, `${order.postalCode} ${order.city}`, country];
  return lines.filter((line): line is string => Boolean(line));
}

function formatMoney(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
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

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => ENTITIES[mark] ?? mark);
