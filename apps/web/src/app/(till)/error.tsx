'use client';
import { PageFailed } from '#frame/page-failed.tsx';

export default function TillError({ error }: { error: unknown }) {
  // From the start: a part of the page that did not arrive, like the card form, is asked for once in a page's life.
  return <PageFailed error={error} retry={() => location.reload()} />;
}
