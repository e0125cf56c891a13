'use client';
import { PageFailed } from '#frame/page-failed.tsx';

export default function WallError({ error, retry }: { error: unknown; retry: () => void }) {
  return <PageFailed error={error} retry={retry} />;
}
