// Express 4 and 5. Behind a body parser or without one.
import type { Request as ExpressRequest, Response as ExpressResponse, NextFunction } from 'express';
import { type IdempotentOptions, idempotent as idempotentFetch, type TransactionalOnce } from './http.ts';
import { requestOf, send } from './http-node.ts';

/**
 * As `idempotent` of `@once/idempotency/http`: the handler gets a Fetch request, the transaction and Express's request,
 * and returns a `Response`. Errors go to `next`.
 */
export function idempotent<Tx>(
  once: TransactionalOnce<Tx>,
  options: IdempotentOptions<Request, [ExpressRequest]>,
  handler: (request: Request, tx: Tx, req: ExpressRequest) => Response | Promise<Response>,
): (req: ExpressRequest, res: ExpressResponse, next: NextFunction) => Promise<void> {
  const answer = idempotentFetch<Tx, Request, [ExpressRequest]>(once, options, handler);
  return async (req, res, next) => {
    try {
      await send(res, await answer(requestOf(req, res, req.body), req));
    } catch (error) {
      next(error);
    }
  };
}
