// The pages of the control port, and their forms. A form asks for what can be asked for as JSON, and then shows a page.
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { actionNamed } from '../../faults/actions.ts';
import { type Asked, ask, type Control } from '../endpoints.ts';
import { ControlError } from '../error.ts';
import { accountName, read } from '../input.ts';
import { faultsPage } from './faults.ts';
import { html } from './html.ts';
import { page } from './layout.ts';
import { paymentsPage } from './payments.ts';
import { requestsPage } from './requests.ts';
import { webhooksPage } from './webhooks.ts';

/** @returns undefined: there is no page at that path. @throws {ControlError} 400 */
export function pageAt(control: Control, url: URL): string | undefined {
  const { store } = control.provider;
  // An empty field of a form is one that was not filled in.
  const given = Object.fromEntries([...url.searchParams].filter(([, value]) => value !== ''));
  switch (url.pathname) {
    case '/': {
      const { account, order_id: orderId } = read(paymentsQuery, given);
      return paymentsPage(store, { account, orderId });
    }
    case '/requests':
      return requestsPage(store, read(requestsQuery, given));
    case '/webhooks': {
      const { order_id: orderId, ...filter } = read(webhooksQuery, given);
      return webhooksPage(store, { ...filter, orderId });
    }
    case '/arm':
      return faultsPage(control.faults, read(armQuery, given));
    default:
      return undefined;
  }
}

export function isForm(request: IncomingMessage): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}

/**
 * Does what a form asks for.
 * @returns the page to go on to; undefined: there is no such thing to do.
 * @throws {ControlError} 400, 403, 404, 409, 429
 */
export async function submitForm(
  control: Control,
  request: IncomingMessage,
  url: URL,
  body: string,
): Promise<string | undefined> {
  // Every browser says where a form comes from, and guard.ts has looked at it; what says nothing is no form of ours.
  if (request.headers.origin === undefined) {
    throw new ControlError(403, 'foreign_origin', 'This port takes forms of its own pages only.');
  }
  const { back = '/', ...filled } = Object.fromEntries(
    [...new URLSearchParams(body)].filter(([, value]) => value !== ''),
  );
  const asked = await askFor(control, url.pathname, filled);
  // Only ever a page of this port: //shop.example would be another host.
  return asked && (/^\/(?!\/)/.test(back) ? back : '/');
}

/** A refusal, as somebody sees it who has pressed a button. */
export function refusalPage({ message, code }: ControlError): string {
  return page(
    '',
    'That was not done',
    html`<section><p>${message}</p><p class="none">${code}</p><p><a href="/">Back to the payments</a></p></section>`,
  );
}

function askFor(control: Control, pathname: string, filled: Record<string, string>): Promise<Asked | undefined> {
  if (pathname === '/arm') return ask(control, 'POST', '/faults', () => ruleIn(read(armForm, filled)));
  const input = Object.fromEntries(
    Object.entries(filled).map(([name, value]) => [name, name === 'hours' ? Number(value) : value]),
  );
  return ask(control, 'POST', pathname, () => input);
}

const paymentsQuery = z.object({ account: accountName.optional(), order_id: z.string().optional() });
const requestsQuery = z.object({ account: accountName.optional(), request: z.string().optional() });
const webhooksQuery = z.object({
  account: accountName.optional(),
  order_id: z.string().optional(),
  state: z.enum(['pending', 'held', 'dropped', 'succeeded', 'failed', 'canceled']).optional(),
});
const armQuery = z.object({ account: accountName.optional(), order: z.string().optional() });

const armForm = z.object({
  scope: z.enum(['next', 'order', 'card']),
  order: z.string().optional(),
  card: z.string().optional(),
  account: accountName.optional(),
  action: z.string(),
  times: z.coerce.number().int().optional(),
  ms: z.coerce.number().int().optional(),
  code: z.string().optional(),
});

function ruleIn({ scope, order, card, account, action, times, ms, code }: z.output<typeof armForm>) {
  if (scope === 'order' && order === undefined) throw new ControlError(400, 'invalid_input', 'Which order?');
  const scopes = { next: nextPayment(action), order: { order_id: order }, card: { payment_method: card } };
  return {
    match: { ...scopes[scope], ...(account !== undefined && { account }) },
    action: { name: action, ...(ms !== undefined && { ms }), ...(code !== undefined && { code }) },
    ...(times !== undefined && { times }),
  };
}

/** The next confirm of anybody; a fault of webhooks or of reading hits the next of its own kind. */
function nextPayment(action: string): { confirms?: true } {
  const phase = actionNamed(action)?.phase;
  const isOfPayment = phase !== 'queue' && phase !== 'webhook' && !/^(search|retrieve)_/.test(action);
  return isOfPayment ? { confirms: true } : {};
}
