/** The version of Stripe's API that is spoken here; a request that names another one is answered with its own name. */
export const API_VERSION = '2026-10-28.endive';
