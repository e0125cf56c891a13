import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { OperationPage } from '#admin/operation-page.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { isRecordId, readOperation } from '#server/admin/operations.ts';

export const metadata: Metadata = { title: 'Operation' };

export default async function Operation({ params }: PageProps<'/admin/operations/[id]'>) {
  const { id } = await params;
  const { shop } = await atDesk(`/admin/operations/${id}`);
  const record = isRecordId(id) ? await readOperation(shop, id) : undefined;
  return record ? <OperationPage record={record} /> : notFound();
}
