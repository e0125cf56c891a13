import { houseFigures } from '#server/house.ts';
import { storefront } from '#server/storefront.ts';
import { PageLink } from './page-link.tsx';
import { ThemeButton } from './theme-button.tsx';

const many = (count: number, one: string, several: string) =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : several}`;

export async function PageFooter() {
  const { shop, env } = storefront();
  const figures = await houseFigures(shop.db);
  return (
    <footer className="foot">
      <div className="page">
        <p>
          {figures
            ? `${many(figures.sold, 'copy', 'copies')} sold, each once. ${many(figures.paidOrders, 'order', 'orders')}, ${many(figures.charges, 'charge', 'charges')}.`
            : 'Every number is sold once.'}
        </p>
        <nav aria-label="Footer">
          <PageLink href="/orders">Orders</PageLink>
          <PageLink href="/account">Account</PageLink>
          {env.labUrl && <PageLink href="/lab">How we know</PageLink>}
          <ThemeButton />
        </nav>
      </div>
    </footer>
  );
}
