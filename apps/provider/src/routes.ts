// Which request does what.
import { z } from 'zod';
import { balanceListParameters, listBalanceTransactions, retrieveBalanceTransaction } from './balance.ts';
import { chargeListParameters, chargeUpdateParameters, listCharges, retrieveCharge, updateCharge } from './charges.ts';
import { bankDelayMs } from './confirm.ts';
import * as customers from './customers.ts';
import * as disputes from './disputes.ts';
import { eventListParameters, listEvents, retrieveEvent } from './events.ts';
import type { FormHash } from './form.ts';
import * as parameters from './intent-parameters.ts';
import * as intents from './intents.ts';
import { listParameters } from './lists.ts';
import { strings } from './parameters.ts';
import { retrieveMethod } from './payment-methods.ts';
import * as refunds from './refunds.ts';
import { type Prepared, type Route, route } from './route.ts';
import { searchIntents, searchParameters } from './search.ts';
import { createToken, retrieveToken, tokenParameters } from './tokens.ts';
import * as endpoints from './webhooks/endpoints.ts';

export interface MatchedRoute {
  readonly path: Readonly<Record<string, string>>;
  /** @throws {ApiError} 400: a parameter is missing, unknown or wrong. */
  prepare(params: FormHash): Prepared;
}

/** @returns undefined: there is no such endpoint. */
export function matchRoute(method: string, pathname: string): MatchedRoute | undefined {
  for (const each of ROUTES) {
    const match = each.method === method ? each.pattern.exec(pathname) : null;
    if (!match) continue;
    const path = Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, part]) => [name, decoded(part)]));
    return { path, prepare: (params) => each.prepare(params, path) };
  }
  return undefined;
}

/** As it is written when it cannot be decoded: then it names nothing, which is what has to be answered. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const expandOnly = z.strictObject({ expand: strings }).partial();

const one = (type: string) => ({ type });
const many = (type: string) => ({ type, isList: true });
const intent = one('payment_intent');
const endpoint = one('webhook_endpoint');
const ENDPOINTS = '/v1/webhook_endpoints';

const ROUTES: readonly Route[] = [
  route(
    'POST',
    '/v1/payment_intents',
    intent,
    parameters.createParameters,
    intents.createIntent,
    (at, account, id, params) => (params.confirm === true ? bankDelayMs(at, account, id, params) : 0),
  ),
  route('GET', '/v1/payment_intents', many('payment_intent'), intents.intentListParameters, intents.listIntents),
  // Before `:intent`, or "search" would be taken for an id.
  route('GET', '/v1/payment_intents/search', many('payment_intent'), searchParameters, searchIntents),
  route('GET', '/v1/payment_intents/:intent', intent, parameters.retrieveParameters, intents.retrieveIntent),
  route('POST', '/v1/payment_intents/:intent', intent, parameters.updateParameters, intents.updateIntent),
  route(
    'POST',
    '/v1/payment_intents/:intent/confirm',
    intent,
    parameters.confirmParameters,
    intents.confirmIntent,
    bankDelayMs,
  ),
  route('POST', '/v1/payment_intents/:intent/cancel', intent, parameters.cancelParameters, intents.cancelIntent),
  route('POST', '/v1/payment_intents/:intent/capture', intent, parameters.captureParameters, intents.captureIntent),
  route(
    'POST',
    '/v1/test_helpers/payment_intents/:intent/action',
    intent,
    parameters.actionParameters,
    intents.actOnIntent,
  ),
  route('GET', '/v1/charges', many('charge'), chargeListParameters, listCharges),
  route('GET', '/v1/charges/:charge', one('charge'), expandOnly, retrieveCharge),
  route('GET', '/v1/payment_methods/:payment_method', one('payment_method'), expandOnly, retrieveMethod),
  route('POST', '/v1/test_helpers/confirmation_tokens', one('confirmation_token'), tokenParameters, createToken),
  route('GET', '/v1/confirmation_tokens/:confirmation_token', one('confirmation_token'), expandOnly, retrieveToken),
  route('POST', '/v1/charges/:charge', one('charge'), chargeUpdateParameters, updateCharge),
  route('POST', '/v1/customers', one('customer'), customers.customerParameters, customers.createCustomer),
  route('GET', '/v1/customers', many('customer'), customers.customerListParameters, customers.listCustomers),
  route('GET', '/v1/customers/:customer', one('customer'), expandOnly, customers.retrieveCustomer),
  route('POST', '/v1/customers/:customer', one('customer'), customers.customerParameters, customers.updateCustomer),
  route('DELETE', '/v1/customers/:customer', one('customer'), expandOnly, customers.deleteCustomer),
  route('POST', '/v1/refunds', one('refund'), refunds.refundCreateParameters, refunds.createRefund),
  route('GET', '/v1/refunds', many('refund'), refunds.refundListParameters, refunds.listRefunds),
  route('GET', '/v1/refunds/:refund', one('refund'), expandOnly, refunds.retrieveRefund),
  route('POST', '/v1/refunds/:refund', one('refund'), refunds.refundUpdateParameters, refunds.updateRefund),
  route('POST', '/v1/refunds/:refund/cancel', one('refund'), expandOnly, refunds.cancelRefund),
  route('GET', '/v1/disputes', many('dispute'), disputes.disputeListParameters, disputes.listDisputes),
  route('GET', '/v1/disputes/:dispute', one('dispute'), expandOnly, disputes.retrieveDispute),
  route('POST', '/v1/disputes/:dispute', one('dispute'), disputes.disputeUpdateParameters, disputes.updateDispute),
  route('POST', '/v1/disputes/:dispute/close', one('dispute'), expandOnly, disputes.closeDispute),
  route('GET', '/v1/events', many('event'), eventListParameters, listEvents),
  route('GET', '/v1/events/:event', one('event'), expandOnly, retrieveEvent),
  route('GET', '/v1/balance_transactions', many('balance_transaction'), balanceListParameters, listBalanceTransactions),
  route(
    'GET',
    '/v1/balance_transactions/:transaction',
    one('balance_transaction'),
    expandOnly,
    retrieveBalanceTransaction,
  ),
  route('POST', ENDPOINTS, endpoint, endpoints.endpointCreateParameters, endpoints.createEndpoint),
  route('GET', ENDPOINTS, many('webhook_endpoint'), listParameters, endpoints.listEndpoints),
  route('GET', `${ENDPOINTS}/:endpoint`, endpoint, expandOnly, endpoints.retrieveEndpoint),
  route('POST', `${ENDPOINTS}/:endpoint`, endpoint, endpoints.endpointUpdateParameters, endpoints.updateEndpoint),
  route('DELETE', `${ENDPOINTS}/:endpoint`, endpoint, expandOnly, endpoints.deleteEndpoint),
];
