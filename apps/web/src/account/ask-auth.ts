import type { AuthRefusal } from '#server/auth/handler.ts';

export type Endpoint =
  | 'sign-in/email'
  | 'sign-up/email'
  | 'confirm-email'
  | 'request-password-reset'
  | 'reset-password';

export type Answer =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: AuthRefusal; readonly waitSeconds?: number | undefined };

/** Asks for a session, or for what leads to one. Silence is an answer too: each of these may be sent again. */
export async function askAuth(endpoint: Endpoint, input: Readonly<Record<string, string>>): Promise<Answer> {
  try {
    const answer = await fetch(`/api/auth/${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (answer.ok) return { ok: true };
    const { errorCode } = (await answer.json()) as { errorCode: AuthRefusal };
    return { ok: false, why: errorCode, waitSeconds: Number(answer.headers.get('retry-after')) || undefined };
  } catch {
    return { ok: false, why: 'UNAVAILABLE' };
  }
}
