import { expect, test } from '../fixtures/test.ts';

test('/admin asks nobody in: a guest signs in first, and staff find it open', async ({ page, staff }) => {
  await page.goto('/admin');
  await expect(page).toHaveURL('/sign-in?next=/admin');
  const answer = await staff.goto('/admin');
  await expect(staff.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(staff).toHaveURL('/admin');
  expect(answer?.headers()['cache-control']).toContain('no-store');
});
