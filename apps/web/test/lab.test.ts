import { describe, expect, it } from 'vitest';
import { readEnv } from '#env.ts';
import { askLab, passToSandbox } from '#server/lab.ts';

const ENV = {
  DATABASE_URL: 'postgres://once@127.0.0.1/once',
  STRIPE_SECRET_KEY: 'sk_test_local',
  LAB_URL: 'http://127.0.0.1:4245',
};

describe('the laboratory beside Stripe itself', () => {
  const env = readEnv({ ...ENV, STRIPE_PUBLISHABLE_KEY: 'pk_test_local' });

  it('is not there, whatever LAB_URL says', async () => {
    expect(env.labUrl).toBeUndefined();
    await expect(askLab(env, '/runs/x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const request = new Request('http://localhost/api/lab/x/once/A/api/trpc/checkout.pay', {
      method: 'POST',
      body: '{}',
    });
    expect(await passToSandbox(request, env, '/runs/x/once/A/')).toMatchObject({ status: 404 });
  });

  it('is there beside the local provider', () => {
    expect(readEnv({ ...ENV, STRIPE_API_BASE: 'http://127.0.0.1:4242' }).labUrl).toBe(ENV.LAB_URL);
  });
});
