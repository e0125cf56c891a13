import type { Metadata } from 'next';
import { DeskHead, DeskSection, Nothing } from '#admin/parts.tsx';
import { PromotionForm } from '#admin/promotion-form.tsx';
import { PromotionRows } from '#admin/promotion-rows.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { listPromotions } from '#server/admin/promotions.ts';

export const metadata: Metadata = { title: 'Promotions' };

export default async function Promotions() {
  const { shop } = await atDesk('/admin/promotions');
  const promotions = await listPromotions(shop.db);
  return (
    <>
      <DeskHead title="Promotions" />
      <div className="two">
        <DeskSection title="Codes" count={promotions.length}>
          {promotions.length === 0 ? (
            <Nothing>No code was ever given.</Nothing>
          ) : (
            <PromotionRows promotions={promotions} />
          )}
        </DeskSection>
        <aside className="panel grid gap-4">
          <h2 className="font-medium text-lead">New code</h2>
          <PromotionForm />
        </aside>
      </div>
    </>
  );
}
