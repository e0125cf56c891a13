import { CheckoutError, type Shop, type Statement } from '@once/checkout';
import { schema } from '@once/db';
import { eq } from 'drizzle-orm';
import type { Logger } from 'pino';

const { payment } = schema;

/** Longer than whoever looks at a page wants to wait, shorter than the provider's own patience. */
const ASK_MS = 8_000;

export type StatementAnswer =
  | { readonly kind: 'statement'; readonly statement: Statement; readonly askedAt: Date }
  /** The order has no intent: there is nothing to ask about. */
  | { readonly kind: 'nothing' }
  /** The provider did not answer, or with something that cannot be read. */
  | { readonly kind: 'away' };

/** What the provider has of an order, asked now. @throws {CheckoutError} `NOT_FOUND` */
export async function askStatement({ db, payments }: Shop, orderId: string, log: Logger): Promise<StatementAnswer> {
  const [money] = await db.select({ intentId: payment.intentId }).from(payment).where(eq(payment.orderId, orderId));
  if (!money) throw new CheckoutError('NOT_FOUND', 'no such order');
  if (money.intentId === null) return { kind: 'nothing' };
  const askedAt = new Date();
  try {
    const statement = await payments.statement(money.intentId, { signal: AbortSignal.timeout(ASK_MS) });
    return { kind: 'statement', statement, askedAt };
  } catch (error) {
    log.warn({ err: error, order_id: orderId }, 'no statement of the provider');
    return { kind: 'away' };
  }
}
