import { refuseRequest } from '#server/api/request-rules.ts';
import { passToSandbox } from '#server/lab.ts';
import { storefront } from '#server/storefront.ts';

/** The shop in a sandbox, as its page reaches it: `/api/lab/<run>/<shop>/<tab>/…`. */
async function handle(request: Request): Promise<Response> {
  const { env } = storefront();
  const refused = env.labUrl ? refuseRequest(request, env.publicUrl) : undefined;
  if (refused) return new Response(refused.message, { status: refused.status });
  return await passToSandbox(request, env, `/runs${new URL(request.url).pathname.slice('/api/lab'.length)}`);
}

export { handle as GET, handle as POST };
