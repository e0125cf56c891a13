import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { LabPage } from '#lab/lab-page.tsx';
import { RUN_ID } from '#lab/run.ts';
import { scenarioOf } from '#lab/scenarios.ts';
import { askLab } from '#server/lab.ts';
import { storefront } from '#server/storefront.ts';

export async function generateMetadata({ params }: PageProps<'/lab/[run]'>): Promise<Metadata> {
  const run = await runOf((await params).run);
  return { title: `${scenarioOf(run.scenario)?.name ?? 'A run'} · Laboratory`, robots: { index: false } };
}

export default async function KeptRun({ params }: PageProps<'/lab/[run]'>) {
  return <LabPage initial={await runOf((await params).run)} />;
}

async function runOf(id: string) {
  if (!RUN_ID.test(id)) notFound();
  return await askLab(storefront().env, `/runs/${id}`).catch(() => notFound());
}
