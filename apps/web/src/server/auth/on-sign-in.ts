import { adoptCart, claimOrders } from '@once/checkout';
import type { Db } from '@once/db';
import { createAuthMiddleware } from 'better-auth/api';
import type { Logger } from 'pino';
import { cookieValue, type GuestCookies } from '#server/guest.ts';

/**
 * Somebody has signed in: their cart and their orders come along. The guest's cookie goes once its cart is the account's;
 * from then on the session opens it, which can be ended. Where that fails the cookie stays, and still opens what it opened.
 */
export const onSignIn = ({ db, guests, log }: { db: Db; guests: GuestCookies; log: Logger }) =>
  createAuthMiddleware(async (ctx) => {
    const userId = ctx.context.newSession?.user.id;
    if (userId === undefined) return;
    try {
      const cartId = guests.read(cookieValue(ctx.headers?.get('cookie') ?? null, guests.name));
      if (cartId !== null) {
        await adoptCart(db, { userId, cartId });
        ctx.setCookie(guests.name, '', { ...guests.attributes, maxAge: 0 });
      }
      await claimOrders(db, userId);
    } catch (error) {
      log.error({ err: error, user_id: userId }, 'what a guest had was not taken over; the next sign-in does it');
    }
  });
