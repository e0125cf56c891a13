import { listRelated, type PrintPage } from '#server/catalogue.ts';
import { storefront } from '#server/storefront.ts';
import { Work } from './work.tsx';

/** One row at a desk, two on a phone. */
const SHOWN = 4;

/** What else can be bought, for whoever came for this print. */
export async function Related({ print }: { print: PrintPage }) {
  const related = await listRelated(storefront().shop.db, print.slug, SHOWN);
  if (related.length === 0) return null;
  return (
    <section className="related" aria-labelledby="related">
      <h2 id="related" className="text-title">
        {related.every(({ studio }) => studio === print.studio) ? (
          <>
            Also from <bdi>{print.studio}</bdi>
          </>
        ) : (
          'You may also like'
        )}
      </h2>
      <div className="hang">
        {related.map((other) => (
          <Work key={other.slug} print={other} heading="h3" eager={false} />
        ))}
      </div>
    </section>
  );
}
