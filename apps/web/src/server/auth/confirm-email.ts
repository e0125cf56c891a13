import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { verifyJWT } from 'better-auth/crypto';
import { z } from 'zod';

/**
 * Confirms an address by the link that was mailed there and by the password, and signs in. Either alone is not enough: who
 * signs up with somebody else's address has no link, and its owner, to whom the link comes unasked, has no password. So
 * nobody gets an account that a stranger can open too.
 */
export const confirmEmail = () =>
  ({
    id: 'confirm-email',
    endpoints: {
      confirmEmail: createAuthEndpoint(
        '/confirm-email',
        { method: 'POST', body: z.object({ token: z.string(), password: z.string() }) },
        async (ctx) => {
          const { internalAdapter, password, secret } = ctx.context;
          const link = Link.safeParse(await verifyJWT(ctx.body.token, secret));
          if (!link.success) throw new APIError('BAD_REQUEST', { code: 'INVALID_TOKEN' });
          const found = await internalAdapter.findUserByEmail(link.data.email, { includeAccounts: true });
          const hash = found?.accounts.find(({ providerId }) => providerId === 'credential')?.password;
          // An account of the same address that was made anew since has not been confirmed by this link.
          if (!found || !hash || found.user.id !== link.data.userId) {
            throw new APIError('BAD_REQUEST', { code: 'INVALID_TOKEN' });
          }
          if (!(await password.verify({ hash, password: ctx.body.password }))) {
            throw new APIError('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD' });
          }
          const user = await internalAdapter.updateUser(found.user.id, { emailVerified: true });
          const session = await internalAdapter.createSession(user.id);
          await setSessionCookie(ctx, { session, user });
          return ctx.json({ status: true });
        },
      ),
    },
  }) satisfies BetterAuthPlugin;

const Link = z.object({ email: z.email(), userId: z.string() });
