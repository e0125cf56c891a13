import { createShop, type Shop } from '@once/checkout';
import { recordEncryption } from '@once/checkout/secrets';
import { stripePayments } from '@once/checkout/stripe';
import { connect, schema } from '@once/db';
import { answered, declined } from '@once/idempotency';
import { eq, sql } from 'drizzle-orm';

interface Access {
  readonly databaseUrl: string;
  readonly apiBase: string;
  readonly secretKey: string;
  readonly publicUrl: string;
  readonly recordKeys: string;
}

/**
 * The person whom parked operations wait for. A refund whose send answers 500 for a day is never sent under another key:
 * it is parked, and somebody has to look whether it was made.
 */
export class Operator {
  resolved = 0;
  readonly #connection: ReturnType<typeof connect>;
  readonly #shop: Shop;

  constructor({ databaseUrl, apiBase, secretKey, publicUrl, recordKeys }: Access) {
    this.#connection = connect(databaseUrl, { applicationName: 'once-soak-operator', max: 2 });
    const payments = stripePayments({ secretKey, apiBase });
    this.#shop = createShop({
      ...{ db: this.#connection.db, payments, publicUrl },
      encryption: recordEncryption(recordKeys, ''),
    });
  }

  /** Looks at everything that is parked, and says of each what is true. */
  async attends(): Promise<void> {
    const parked = await this.#shop.db.execute<{ operation: string; scope: string; key: string }>(
      sql`select operation, scope, key from idempotency.record where state = 4`,
    );
    for (const { operation, scope, key } of parked) {
      if (operation === 'checkout.refund') await this.#looksFor({ scope, key });
      else await this.#shop.db.transaction((tx) => this.#shop.once.within(tx).wake(operation, { scope, key }));
      this.resolved += 1;
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #looksFor(record: { readonly scope: string; readonly key: string }): Promise<void> {
    const { payment } = schema;
    const [money] = await this.#shop.db.select().from(payment).where(eq(payment.orderId, record.scope));
    const signal = AbortSignal.timeout(10_000);
    const wanted = { intentId: money?.intentId ?? '', refundId: record.key };
    const found = await this.#shop.payments.findRefund(wanted, { signal });
    await this.#shop.once.resolve(
      this.#shop.workflows.refund,
      record,
      found ? answered(found) : declined('never_made'),
    );
  }
}
