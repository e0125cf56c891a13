import { PageLink } from './page-link.tsx';

/** Shown in place of a page that failed. The first worry is about money, so it is answered first. */
export function PageFailed({ error, retry }: { error: unknown; retry: () => void }) {
  const digest = error instanceof Error && 'digest' in error ? String(error.digest) : undefined;
  return (
    <div className="grid max-w-128 gap-4 py-16">
      <h1 className="text-head">This page failed to load.</h1>
      <p className="text-lead text-ink-2">
        If you were paying, do not start over: open your order. It shows whether you were charged, and it cannot charge
        you twice.
      </p>
      <p className="flex flex-wrap gap-3">
        <button type="button" className="btn" onClick={retry}>
          Load it again
        </button>
        <PageLink className="btn btn-line" href="/orders">
          Open your orders
        </PageLink>
      </p>
      {digest && (
        <p className="text-small text-ink-3">
          Report number <span className="mono">{digest}</span>
        </p>
      )}
    </div>
  );
}
