import type { OrderView } from '@once/checkout';
import Link from 'next/link';
import { LocalTime } from '#frame/local-time.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';
import { certificateAt, certificateNumber } from './certificate-number.ts';

interface CertificateProps {
  readonly line: OrderView['lines'][number];
  readonly order: OrderView;
  /** Where the order is read. */
  readonly at: string;
}

/** Says whose this number is; the sheet of paper is a page of its own. */
export function Certificate({ line, order, at }: CertificateProps) {
  const { slug, title, format, number, editionCopies, certificateVoidAt } = line;
  const certificate = certificateNumber(line, order.orderNumber);
  return (
    <section className="cert print:hidden" aria-label={`Certificate, ${title}, No. ${number}`}>
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
          <dd className="text-left [unicode-bidi:plaintext]">{order.contact.name}</dd>
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
        <p>
          <Link className="btn btn-line btn-s" href={certificateAt(at, line)}>
            Open the certificate
            {order.lines.length > 1 && <span className="sr">{` of ${title}, No. ${number}`}</span>}
          </Link>
        </p>
      </div>
    </section>
  );
}
