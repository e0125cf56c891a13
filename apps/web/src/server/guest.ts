import { createHmac, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { isId } from './id.ts';

// A guest is a cart: the cookie carries its id, signed, and whoever has the cookie owns the cart and its orders.

const YEAR_SECONDS = 365 * 24 * 3600;

export interface GuestCookies {
  readonly name: string;
  readonly attributes: {
    readonly path: '/';
    readonly httpOnly: true;
    readonly sameSite: 'lax';
    readonly secure: boolean;
  };
  /** @returns the cart id, or null: no cookie, a foreign one, or one that was changed */
  read(value: string | undefined): string | null;
  /** A new guest, with the value of its Set-Cookie header. */
  create(): { readonly cartId: string; readonly setCookie: string };
}

/** @param publicUrl where it is https, the cookie is bound to the host and never sent in the clear */
export function guestCookies(secret: string, publicUrl: string): GuestCookies {
  const secure = publicUrl.startsWith('https://');
  const name = secure ? '__Host-once_guest' : 'once_guest';
  const sign = (cartId: string) => createHmac('sha256', secret).update(`guest:${cartId}`).digest();
  return {
    name,
    attributes: { path: '/', httpOnly: true, sameSite: 'lax', secure },
    read(value) {
      const [cartId, signature, ...rest] = (value ?? '').split('.');
      if (!cartId || !signature || rest.length > 0 || !isId(cartId)) return null;
      const given = Buffer.from(signature, 'base64url');
      const wanted = sign(cartId);
      return given.length === wanted.length && timingSafeEqual(given, wanted) ? cartId : null;
    },
    create() {
      const cartId = uuidv7();
      const value = `${cartId}.${sign(cartId).toString('base64url')}`;
      // Lax: it must come along when the bank sends the shopper back.
      const attributes = `Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
      return { cartId, setCookie: `${name}=${value}; ${attributes}` };
    },
  };
}

/** One cookie out of a Cookie header. */
export function cookieValue(header: string | null, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}
