/** What may be done with a receipt that was opened by its link: read it. */
export const ByLink = () => (
  <p className="max-w-136 text-ink-3 text-small print:hidden">
    Opened by its link. Whoever has the link can read this receipt and its certificates, and change nothing.
  </p>
);
