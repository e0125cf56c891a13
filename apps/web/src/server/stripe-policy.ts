const STRIPE_SCRIPTS = 'https://js.stripe.com https://*.js.stripe.com';

/**
 * The Content-Security-Policy of a page that may show Stripe's card form: our own scripts and Stripe's, and no address that
 * card data could be sent to but the shop's and Stripe's.
 *
 * @param options.nonce base64, another one with every answer
 * @param options.development React needs `eval` there, and reloads over a web socket
 */
export function stripePolicy({ nonce, development }: { nonce: string; development: boolean }): string {
  return [
    `script-src 'self' 'nonce-${nonce}' ${STRIPE_SCRIPTS}${development ? " 'unsafe-eval'" : ''}`,
    `frame-src ${STRIPE_SCRIPTS} https://hooks.stripe.com`,
    `connect-src 'self' https://api.stripe.com${development ? ' ws:' : ''}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
    "object-src 'none'",
  ].join('; ');
}
