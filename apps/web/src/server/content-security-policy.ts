const STRIPE_SCRIPTS = ['https://js.stripe.com', 'https://*.js.stripe.com'];

export interface PagePolicy {
  /** Base64, another one with every answer. */
  readonly nonce: string;
  /** Whether Stripe's own card form may be shown: its scripts, frames, calls and pictures are allowed then, and only then. */
  readonly stripe: boolean;
  /** React needs `eval` there, and reloads over a web socket. */
  readonly development: boolean;
}

/**
 * The Content-Security-Policy of a page. No script runs that does not carry the nonce or come from us, and nothing that a
 * page knows can be sent to an address that is not ours, or Stripe's where it takes the card.
 *
 * Styles may stand in the page: React writes attributes, and dialogs lock the scroll bar with an element of their own. What
 * a planted style could read it cannot send: pictures and fonts come from here alone.
 */
export function contentSecurityPolicy({ nonce, stripe, development }: PagePolicy): string {
  const withStripe = (...sources: string[]) => (stripe ? sources : []);
  const directives: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'self'"],
    'script-src': [
      ...["'self'", `'nonce-${nonce}'`, ...withStripe(...STRIPE_SCRIPTS)],
      ...(development ? ["'unsafe-eval'"] : []),
    ],
    'script-src-attr': ["'none'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:', ...withStripe('https://*.stripe.com')],
    'connect-src': ["'self'", ...withStripe('https://api.stripe.com'), ...(development ? ['ws:'] : [])],
    'frame-src': stripe ? [...STRIPE_SCRIPTS, 'https://hooks.stripe.com'] : ["'none'"],
    'worker-src': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => [name, ...sources].join(' '))
    .join('; ');
}
