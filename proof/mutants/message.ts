import { shop } from './killers.ts';
import type { Mutant } from './mutant.ts';

const CHECKOUT = 'packages/checkout/src';

/** Mistakes with what the provider tells us, and with what we tell shoppers. */
export const MESSAGE: readonly Mutant[] = [
  {
    name: 'an event overrides a refund',
    breaks: 'a payment’s event that comes after its refund makes the order paid again',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
      {
        file: `${CHECKOUT}/settle.ts`,
        from: ".where(and(eq(orders.id, order.id), inArray(orders.state, ['reserved', 'cancelled'])));",
        to: '.where(eq(orders.id, order.id));',
      },
    ],
    killer: shop('inbox', 'that comes late or in reverse changes nothing that is settled'),
  },
  {
    name: 'an event kept for each time it comes',
    breaks: 'the same event is applied as often as it is sent',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: '    .values({ id, kind, objectId })\n    .onConflictDoNothing()',
        to: '    .values({ id: `${id}_${Math.random()}`, kind, objectId })\n    .onConflictDoNothing()',
      },
    ],
    killer: shop('inbox', 'that comes ten times, and once more under another id, is kept once and moves things once'),
  },
  {
    name: 'missing unique',
    breaks: 'the database lets the same event be kept twice',
    changes: [
      {
        file: 'packages/db/migrations/0000_init.sql',
        from: 'CREATE TABLE "provider_event" (\n\t"id" text PRIMARY KEY NOT NULL,',
        to: 'CREATE TABLE "provider_event" (\n\t"id" text NOT NULL,',
      },
    ],
    killer: shop('inbox', 'that comes ten times, and once more under another id, is kept once and moves things once'),
  },
  {
    name: 'an event before its order is forgotten',
    breaks: 'an event that comes before its order counts as applied',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: "if (recorded === 'no_order') await putOff",
        to: "if (recorded === ('none' as string)) await putOff",
      },
    ],
    killer: shop('inbox', 'waits, and is applied when the order is there'),
  },
  {
    name: 'an event whose process died is lost',
    breaks: 'a taken event is never taken by another',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: '.set({ dueAt: dueIn(LEASE_MS), tries: sql`${providerEvent.tries} + 1` })',
        to: '.set({ dueAt: dueIn(LEASE_MS), tries: sql`${providerEvent.tries} + 1`, appliedAt: sql`statement_timestamp()` })',
      },
    ],
    killer: shop('inbox', 'at %s: another one applies the event, once'),
  },
  {
    name: 'an event of anybody',
    breaks: 'whoever knows the address of the webhook can say what they like',
    changes: [
      {
        file: `${CHECKOUT}/payments/webhook.ts`,
        from: 'return Stripe.webhooks.constructEvent(body, signature, secret);',
        to: "return signature === secret ? Stripe.webhooks.constructEvent(body, signature, secret) : JSON.parse(body.toString('utf8'));",
      },
    ],
    killer: shop('webhook-signature', 'is of the bytes: the same event in another spelling is refused'),
  },
  {
    name: 'an event answered for before it is kept',
    breaks: 'an event that could not be written down is never sent again',
    changes: [
      {
        file: 'apps/web/src/server/webhook.ts',
        from: "    return answer(503, 'try again');\n  }\n  later(",
        to: "    return answer(200, 'kept');\n  }\n  later(",
      },
    ],
    killer: {
      layer: 'web',
      file: 'apps/web/test/webhook.test.ts',
      title: 'is not answered for while the database is away: it will be sent again',
    },
  },
  {
    name: 'a mail taken by everybody',
    breaks: 'four workers send the same receipt four times',
    changes: [
      {
        file: 'apps/worker/src/deliver.ts',
        from: '    .where(and(isThis(named), isDue))',
        to: '    .where(isThis(named))',
      },
    ],
    killer: {
      layer: 'worker',
      file: 'apps/worker/test/deliver.test.ts',
      title: 'sends each mail once when four workers deliver at the same time',
    },
  },
  {
    name: 'a mail delivered before it is sent',
    breaks: 'a receipt whose mail server said no counts as sent',
    changes: [
      {
        file: 'apps/worker/src/deliver.ts',
        from: '.set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1` })',
        to: '.set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1`, deliveredAt: sql`statement_timestamp()` })',
      },
    ],
    killer: {
      layer: 'worker',
      file: 'apps/worker/test/deliver.test.ts',
      title: 'keeps a mail that the server refuses, tries it later, and says why',
    },
  },
];
