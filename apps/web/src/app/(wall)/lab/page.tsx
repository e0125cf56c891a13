import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { connection } from 'next/server';
import { LabPage } from '#lab/lab-page.tsx';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Laboratory' };

export default async function Laboratory() {
  await connection();
  if (!storefront().env.labUrl) notFound();
  return <LabPage />;
}
