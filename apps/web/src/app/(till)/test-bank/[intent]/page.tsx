import type { Metadata } from 'next';
import { notFound, redirect } from 'next/navigation';
import { BankQuestion } from '#checkout/bank-question.tsx';
import { money } from '#copy/money.ts';
import { orderOfIntent } from '#server/intent.ts';
import { orNotFound, pageApi } from '#server/page-api.ts';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Test bank', robots: { index: false, follow: false } };

/** Stands in for the page of a bank that wants to see the shopper. With a real provider there is none here. */
export default async function TestBank({ params }: PageProps<'/test-bank/[intent]'>) {
  const { intent } = await params;
  const { shop, cardForm } = storefront();
  const checkoutId = cardForm.kind === 'local' ? await orderOfIntent(shop.db, intent) : null;
  if (checkoutId === null) notFound();
  const api = await pageApi();
  const { answer, totalMinor, currency, last4 } = await orNotFound(api.checkout.status({ checkoutId }));
  if (answer !== 'requires_action') redirect(`/orders/${checkoutId}`);
  return <BankQuestion checkoutId={checkoutId} amount={money(totalMinor, currency)} last4={last4} />;
}
