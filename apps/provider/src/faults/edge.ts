// Faults of a request that has just arrived. Nothing was looked at and nothing is kept, so the same key works later.
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { errorAnswer } from '../answer.ts';
import { ApiError, type ErrorBody, type Retry, withDocUrl } from '../errors.ts';
import { rateLimited } from '../rate-limit.ts';
import { action, milliseconds } from './action.ts';
import { endConnection, hang, resetConnection } from './connection.ts';
import type { AnswerEffect, ConnectionEffect } from './fault.ts';

const RATE_LIMIT_REASONS = [
  'endpoint-concurrency',
  'endpoint-rate',
  'global-concurrency',
  'global-rate',
  'resource-specific',
] as const;

export const EDGE = {
  rate_limit: action('edge', { reason: z.enum(RATE_LIMIT_REASONS).optional() }, (_, { reason }) => rateLimited(reason)),

  unauthorized: action('edge', {}, () =>
    refusal('unauthorized', 401, { type: 'invalid_request_error', message: 'Invalid API Key provided.' }, 'no'),
  ),

  // Whatever stands before the API answers for it: no JSON, none of the API's headers.
  bad_gateway_html: action('edge', {}, () =>
    connection('bad_gateway_html', (response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>');
    }),
  ),

  // The SDK takes JSON without an `error` member for the object that was asked for, whatever the status says.
  json_without_error: action('edge', {}, () => ({
    kind: 'answer',
    name: 'json_without_error',
    answer: { status: 500, body: '{}', retry: 'unsaid' },
    stored: false,
  })),

  rst_before: action('edge', {}, () => connection('rst_before', resetConnection)),
  fin_before: action('edge', {}, () => connection('fin_before', endConnection)),
  hang_before: action('edge', { ms: milliseconds.default(120_000) }, (_, { ms }) =>
    connection('hang_before', (response) => hang(response, ms)),
  ),

  // Of all accounts: there is one listener.
  refuse: action('edge', { ms: milliseconds.default(1_000) }, ({ services }, { ms }) =>
    connection('refuse', (response) => {
      resetConnection(response);
      services.refuseConnections(ms);
    }),
  ),

  // Time passes just before the request is looked at: to this request, keys of the day before are forgotten.
  advance: action(
    'edge',
    { hours: z.number().positive().max(87_600) },
    ({ request, services }, { hours }) => {
      services.store.clock.advance(Math.round(hours * 3_600_000), request.account);
      return undefined;
    },
    ({ request }) => request.account !== undefined,
  ),
} as const;

function refusal(name: string, status: number, body: ErrorBody, retry: Retry = 'unsaid'): AnswerEffect {
  const answer = errorAnswer(new ApiError(status, withDocUrl(body), retry));
  return { kind: 'answer', name, answer, stored: false };
}

function connection(name: string, send: (response: ServerResponse) => void): ConnectionEffect {
  return { kind: 'connection', name, send };
}
