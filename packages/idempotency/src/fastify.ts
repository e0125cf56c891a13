// Fastify 5, whose own hooks and error handler stay in force.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type IdempotentOptions, idempotent as idempotentFetch, type TransactionalOnce } from './http.ts';
import { requestOf } from './http-node.ts';

/**
 * As `idempotent` of `@once/idempotency/http`: the handler gets a Fetch request, the transaction and Fastify's request,
 * and returns a `Response`.
 */
export function idempotent<Tx>(
  once: TransactionalOnce<Tx>,
  options: IdempotentOptions<Request, [FastifyRequest]>,
  handler: (request: Request, tx: Tx, fastifyRequest: FastifyRequest) => Response | Promise<Response>,
): (request: FastifyRequest, reply: FastifyReply) => Promise<Response> {
  const answer = idempotentFetch<Tx, Request, [FastifyRequest]>(once, options, handler);
  return async (request, reply) => await answer(requestOf(request.raw, reply.raw, request.body), request);
}
