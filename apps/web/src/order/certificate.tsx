import type { OrderView } from '@once/checkout';
import { LocalTime } from '#frame/local-time.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';

/** Says whose this number is. */
export function Certificate({ line, order }: { line: OrderView['lines'][number]; order: OrderView }) {
  const { slug, title, format, number, editionCopies, certificateVoidAt } = line;
  const certificate = certificateNumber(title, number, order.orderNumber);
  return (
    <section className="cert" aria-label={`Certificate, ${title}, No. ${number}`}>
      <div className="certart">
        <PrintPicture slug={slug} format={format} number={number} alt={`${title}, copy ${number}`} eager />
      </div>
      <div className="certtext">
        <h2 className="text-ink-2 text-small">{certificateVoidAt ? 'Certificate, void' : 'Certificate'}</h2>
        <p className="count text-[clamp(3.5rem,9vw,6.5rem)]!">
          {number}
          <span className="text-[0.42em] text-ink-3 tracking-[-0.02em]"> of {editionCopies}</span>
        </p>
        <dl className="facts">
          <dt>Print</dt>
          <dd>{title}</dd>
          <dt>Owner</dt>
          <dd>{order.contact.name}</dd>
          <dt>Number</dt>
          <dd className="mono">{certificateVoidAt ? <s>{certificate}</s> : certificate}</dd>
          {certificateVoidAt && (
            <>
              <dt>Void</dt>
              <dd>
                since <LocalTime at={certificateVoidAt} as="day" />: this number was refunded, and is not yours any more
              </dd>
            </>
          )}
        </dl>
      </div>
    </section>
  );
}

/** ONCE-LS-018-7Q2K-9MZD: initials of the print, the copy, the order. */
function certificateNumber(title: string, number: number, orderNumber: string): string {
  const initials = title
    .split(/[^\p{L}]+/u)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
  return `ONCE-${initials}-${String(number).padStart(3, '0')}-${orderNumber}`;
}
