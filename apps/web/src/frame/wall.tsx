import type { ReactNode } from 'react';
import { countCart } from '#server/house.ts';
import { currentCart } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';
import { NavLink } from './nav-link.tsx';
import { PageFooter } from './page-footer.tsx';
import { PageLink } from './page-link.tsx';

/** The frame of every page but the checkout. */
export async function Wall({ children }: { children: ReactNode }) {
  const { shop, env } = storefront();
  const inCart = await countCart(shop.db, currentCart());
  return (
    <>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <header className="top">
        <div className="page">
          <PageLink className="mark" href="/">
            Once
          </PageLink>
          <nav aria-label="Main">
            <NavLink href="/">Prints</NavLink>
            {env.labUrl && (
              <span className="wide">
                <NavLink href="/lab">Laboratory</NavLink>
              </span>
            )}
            <NavLink href="/orders">Orders</NavLink>
            <NavLink href="/cart">Cart{inCart === null ? '' : ` ${inCart}`}</NavLink>
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
