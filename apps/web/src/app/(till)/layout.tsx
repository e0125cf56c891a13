import Link from 'next/link';
import type { ReactNode } from 'react';
import { PageFooter } from '#frame/page-footer.tsx';

/** The checkout's frame: nothing to wander off to but the cart. */
export default function TillLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <div className="page">
          <Link className="mark" href="/">
            Once
          </Link>
          <nav aria-label="Checkout">
            <Link href="/cart">Back to cart</Link>
          </nav>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <div className="page">{children}</div>
      </main>
      <PageFooter />
    </>
  );
}
