// Staff at a till of their own: a process that gives money back, and is killed while it does. Speaks to whoever forked it.
import { CheckoutError, createShop, type RefundAnswer, type RefundRequest, refundOrder } from '@once/checkout';
import { recordEncryption } from '@once/checkout/secrets';
import { stripePayments } from '@once/checkout/stripe';
import { connect } from '@once/db';

export interface Asked {
  readonly id: number;
  readonly request: RefundRequest;
}

export interface Replied {
  readonly id: number;
  /** The answer, or the code of the error that was thrown instead. */
  readonly said: RefundAnswer['answer'] | CheckoutError['code'] | 'ERROR';
}

const {
  DATABASE_URL = '',
  STRIPE_SECRET_KEY = '',
  STRIPE_API_BASE,
  PUBLIC_URL = '',
  LEASE_MS,
  RECORD_KEYS,
} = process.env;
const shop = createShop({
  db: connect(DATABASE_URL, { applicationName: 'once-soak-staff' }).db,
  payments: stripePayments({ secretKey: STRIPE_SECRET_KEY, apiBase: STRIPE_API_BASE }),
  publicUrl: PUBLIC_URL,
  leaseMs: Number(LEASE_MS),
  encryption: recordEncryption(RECORD_KEYS, ''),
});

process.on('message', ({ id, request }: Asked) => {
  void refundOrder(shop, request).then(
    ({ answer }) => process.send?.({ id, said: answer } satisfies Replied),
    (error: unknown) =>
      process.send?.({ id, said: error instanceof CheckoutError ? error.code : 'ERROR' } satisfies Replied),
  );
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
