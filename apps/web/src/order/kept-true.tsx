'use client';
import { useOnline } from '#frame/use-online.ts';

/** What may be done with an order's page: anything. And, while that is so, that it cannot know the latest. */
export function KeptTrue({ open }: { open: boolean }) {
  const online = useOnline();
  return (
    <div className="grid gap-1 text-small print:hidden">
      <p className="text-ink-3">
        This page is safe to reload, close and open again: it shows what is stored, and sends nothing to your bank.
      </p>
      <output className="block text-care empty:hidden">
        {!online && 'You are offline. This is what was known before; the page asks again by itself when you are back.'}
      </output>
      {open && (
        <noscript>
          <p className="text-ink-2">Reload this page to see whether the answer has come.</p>
        </noscript>
      )}
    </div>
  );
}
