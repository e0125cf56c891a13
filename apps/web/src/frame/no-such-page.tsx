import { PageLink } from './page-link.tsx';

export function NoSuchPage() {
  return (
    <div className="grid max-w-128 gap-4 py-16">
      <h1 className="text-display">This page is not in the edition.</h1>
      <p className="text-ink-2">
        The address may be mistyped, or the print was withdrawn. Your cart and any payment under way are not affected.
      </p>
      <p>
        <PageLink className="btn" href="/">
          See all prints
        </PageLink>
      </p>
    </div>
  );
}
