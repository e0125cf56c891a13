import { createHmac, timingSafeEqual } from 'node:crypto';

// A link that opens one receipt to whoever has it, without a cookie: to read, never to act. It is not stored. It names its
// order and how many links of that order were ended before it, under a signature; ending a link is counting one on.

/** What the signature of a link is for. */
export interface ReceiptLink {
  readonly orderId: string;
  /** Links of this order that were ended before it. */
  readonly linksEnded: number;
}

export interface ReceiptLinks {
  /** The last part of its address: `/receipts/<link>` */
  write(link: ReceiptLink): string;
  /** @returns null: not written here, or changed */
  read(text: string): ReceiptLink | null;
}

/** @param cookieSecret that of guests' cookies; changing it ends every link, as it ends every guest */
export function receiptLinks(cookieSecret: string): ReceiptLinks {
  // A key of its own: no cookie is a link, and no link a cookie.
  const key = createHmac('sha256', cookieSecret).update('receipt links').digest();
  const write = ({ orderId, linksEnded }: ReceiptLink): string => {
    const named = `${orderId}.${linksEnded}`;
    return `${named}.${createHmac('sha256', key).update(named).digest('base64url')}`;
  };
  return {
    write,
    read(text) {
      const [, orderId, ended] = LINK.exec(text) ?? [];
      if (orderId === undefined || ended === undefined) return null;
      const link = { orderId, linksEnded: Number(ended) };
      // As text, not as bytes: the last letter of base64url has bits to spare, and a link has one spelling.
      const wanted = Buffer.from(write(link));
      const given = Buffer.from(text);
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? link : null;
    },
  };
}

const LINK = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\.(0|[1-9][0-9]{0,8})\.[\w-]{43}$/;
