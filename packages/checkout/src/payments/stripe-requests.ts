import { Stripe } from 'stripe';
import { type Asks, tracing } from '../tracing/tracing.ts';
import { headersUnderWay } from '../tracing/under-way.ts';

/**
 * The SDK's own client. Each of its requests, also one that the SDK repeats by itself, is a span of what is under way.
 *
 * @param isTold whether the provider is told whose request it is: the local one writes it down, Stripe has no use for it
 */
export function followedClient({ isTold }: { readonly isTold: boolean }) {
  const client = Stripe.createNodeHttpClient();
  const request = client.makeRequest.bind(client);
  const makeRequest: typeof request = async (host, port, path, method, headers, ...rest) => {
    const send = async (asks?: Asks) => {
      const all = isTold ? { ...(headers as object), ...headersUnderWay(asks) } : headers;
      const response = await request(host, port, path, method, all, ...rest);
      return { response, status: response.getStatusCode(), requestId: idIn(response.getHeaders()['request-id']) };
    };
    const answer = await (tracing()?.call({ method, template: templateOf(path) }, send) ?? send());
    return answer.response;
  };
  return { getClientName: () => client.getClientName(), makeRequest };
}

const idIn = (header: unknown): string | undefined =>
  typeof header === 'string' && /^[\w-]{1,100}$/.test(header) ? header : undefined;

/** Words that are no name of anything. */
const WORDS =
  /^(v1|payment_intents|confirm|cancel|confirmation_tokens|test_helpers|charges|refunds|disputes|payment_methods)$/;

/** What is not known to be a word of Stripe's is taken for a name, and not told. */
function templateOf(path: string): string {
  const [place = ''] = path.split('?', 1);
  return place
    .split('/')
    .map((part) => (part === '' || WORDS.test(part) ? part : '{id}'))
    .join('/');
}
