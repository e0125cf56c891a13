// Customers: who they are, and nothing of what Stripe lets them have (no saved cards, no balance).
import type Stripe from 'stripe';
import { z } from 'zod';
import { type Call, nowSeconds } from './call.ts';
import { resourceMissing } from './errors.ts';
import { emit } from './events.ts';
import { randomId } from './ids.ts';
import { type ApiList, listParameters, pageOf } from './lists.ts';
import { merged } from './metadata.ts';
import * as kind from './parameters.ts';

const attributes = {
  address: kind.kept,
  business_name: kind.text,
  description: kind.text,
  email: kind.text,
  individual_name: kind.text,
  name: kind.text,
  phone: kind.text,
  preferred_locales: kind.strings,
  shipping: kind.kept,
  tax_exempt: kind.oneOf('', 'exempt', 'none', 'reverse'),
};

/** Of a create and of an update. */
export const customerParameters = z
  .strictObject({ ...attributes, expand: kind.strings, metadata: kind.metadata })
  .partial();

export const customerListParameters = listParameters.extend({ email: kind.text.optional() });

export function createCustomer(call: Call, params: z.output<typeof customerParameters>): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: randomId('cus_', 14),
    object: 'customer',
    address: null,
    balance: 0,
    created: nowSeconds(call),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: null,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
  return store(call, 'customer.created', customer, params);
}

/** A deleted one is still known by its id, and says only that. */
export function retrieveCustomer(call: Call): Stripe.Customer | Stripe.DeletedCustomer {
  const id = call.path['customer'] ?? '';
  const customer = call.store.objects.find(call.account, id);
  if (customer?.object !== 'customer') throw resourceMissing('customer', id, 'id');
  return customer as Stripe.Customer;
}

export function updateCustomer(call: Call, params: z.output<typeof customerParameters>): Stripe.Customer {
  const customer = existing(call, call.path['customer'] ?? '', 404, 'id');
  return store(call, 'customer.updated', customer, params, customer);
}

export function deleteCustomer(call: Call): Stripe.DeletedCustomer {
  const customer = existing(call, call.path['customer'] ?? '', 404, 'id');
  const deleted = { id: customer.id, object: 'customer', deleted: true } as const;
  call.store.objects.put(call.account, { ...deleted, created: customer.created });
  emit(call, 'customer.deleted', customer);
  return deleted;
}

export function listCustomers(call: Call, params: z.output<typeof customerListParameters>): ApiList {
  const isKept = "json ->> '$.deleted' IS NULL";
  const filter =
    params.email === undefined
      ? { where: [isKept], values: [] }
      : { where: [isKept, "json ->> '$.email' = ?"], values: [params.email] };
  return pageOf(call, 'customer', '/v1/customers', params, filter);
}

/** @throws {ApiError} 400: a parameter names nobody. */
export function mustBeCustomer(call: Call, id: string | undefined): void {
  if (id) existing(call, id, 400, 'customer');
}

function existing(call: Call, id: string, status: 400 | 404, param: string): Stripe.Customer {
  const customer = call.store.objects.find(call.account, id) as Stripe.Customer | undefined;
  if (customer?.object !== 'customer' || 'deleted' in customer) throw resourceMissing('customer', id, param, status);
  return customer;
}

function store(
  call: Call,
  type: 'customer.created' | 'customer.updated',
  customer: Stripe.Customer,
  params: z.output<typeof customerParameters>,
  before?: Stripe.Customer,
): Stripe.Customer {
  const { expand: _, metadata, ...given } = params;
  const changes = Object.entries(given).filter(([, value]) => value !== undefined);
  const after: Stripe.Customer = {
    ...customer,
    ...Object.fromEntries(changes.map(([name, value]) => [name, value === '' ? null : value])),
    metadata: merged(customer.metadata, metadata),
  };
  call.store.objects.put(call.account, after);
  emit(call, type, after, before);
  return after;
}
