import { randomUUID } from 'node:crypto';
import { Desk } from '../fixtures/desk.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { STAFF } from '../fixtures/staff.ts';
import { expect, test } from '../fixtures/test.ts';

const ROOMS = [
  ...['/admin', '/admin/orders?state=review', '/admin/operations', '/admin/differences', '/admin/events'],
  ...['/admin/mail', '/admin/editions', '/admin/editions/lee-shore', '/admin/promotions', '/admin/audit'],
  '/admin/figures',
];

test('every room asks who is there, and leads back to itself', async ({ page }) => {
  for (const room of ROOMS) {
    await page.goto(room);
    await expect(page, room).toHaveURL(/\/sign-in\?next=/);
    expect(new URL(page.url()).searchParams.get('next')?.split('?')[0]).toBe(room.split('?')[0]);
  }
});

test('what there is not is not found: an order, an operation, a print, ids that are none', async ({ staff }) => {
  for (const path of [
    `/admin/orders/${randomUUID()}`,
    '/admin/orders/01a210bb-dd2f-7ad3-b3da-602cc6cbedf4',
    "/admin/orders/1'%20or%201=1",
    `/admin/operations/${randomUUID()}`,
    '/admin/operations/nobody',
    '/admin/editions/no-such-print',
  ]) {
    const answer = await staff.goto(path);
    expect(answer?.status(), path).toBe(404);
  }
  const desk = new Desk(staff);
  await desk.findsOrder('7Q2K-0000');
  await desk.isTold(/is no order number/);
  await desk.findsOrder('2222-2222');
  await desk.isTold('No order is like that.');
});

test('a parked event is put back once: the second of two people is told that it moved', async ({
  staff,
  otherStaff,
  stage,
}) => {
  const eventId = await stage.parksEvent(`pi_${randomUUID().replaceAll('-', '')}`);
  const [desk, other] = [new Desk(staff), new Desk(otherStaff)];
  for (const { page } of [desk, other]) {
    await page.goto('/admin/events');
    await expect(desk.row(eventId)).toBeVisible();
  }
  for (const each of [desk, other]) await each.prepares(each.row(eventId), 'Retry', 'its order is here now');
  await desk.row(eventId).getByRole('button', { name: 'Put it back into the inbox' }).click();
  await desk.isTold('Back in the inbox: the worker applies it within a second.');
  await expect(desk.row(eventId)).toHaveCount(0);
  await other.row(eventId).getByRole('button', { name: 'Put it back into the inbox' }).click();
  await other.isTold('Nothing was done: it is waiting for its next try already.');
  await expect(other.row(eventId)).toHaveCount(0);
  await staff.goto('/admin/audit');
  await expect(staff.getByRole('row').filter({ hasText: eventId })).toHaveCount(1);
});

test('a dead letter is sent again, and arrives', async ({ shopper, staff, print, stage, mail, proof }) => {
  await shopper.isReadyToPay(print, 1);
  await shopper.pressesPay();
  const orderId = await shopper.seesReceipt(1, totalOf(print));
  const order = await proof.soldOnce({ print, numbers: [1], totalMinor: totalOf(print) });
  await proof.receiptSent(order, { saying: [] });
  const before = (await mail.of(orderId)).length;
  await stage.killsLetter(orderId);
  const desk = new Desk(staff);
  await staff.goto('/admin/mail');
  const row = staff.getByRole('listitem').filter({ has: staff.locator(`a[href="/admin/orders/${orderId}"]`) });
  await expect(row).toContainText('550 no such mailbox');
  await desk.prepares(row, 'Send again', 'the mailbox is back');
  await row.getByRole('button', { name: 'Put it back into the outbox' }).click();
  await desk.isTold('Back in the outbox: the worker sends it within a second.');
  await expect(async () => {
    await desk.opensOrder(orderId);
    await expect(staff.getByRole('listitem').filter({ hasText: /^receipt\d/ })).toBeVisible({ timeout: 500 });
  }).toPass();
  // The same mail: a mailbox shows it once.
  expect((await mail.of(orderId)).length).toBe(before);
});

test('a difference is loud on the front page, until somebody settles it and says why', async ({ staff, stage }) => {
  const charge = `ch_${randomUUID().replaceAll('-', '')}`;
  await stage.differs(charge);
  const desk = new Desk(staff);
  await staff.goto('/admin');
  await expect(staff.getByRole('alert').filter({ hasText: 'Not as it must be' })).toBeVisible();
  await staff.getByRole('link', { name: /differences? between ledger and provider/ }).click();
  const row = desk.row(charge);
  await expect(row).toContainText('Our ledger: €152.00. Provider: nothing.');
  await desk.prepares(row, 'Mark as settled', 'their export was late');
  await row.getByRole('button', { name: 'Mark this difference as settled' }).click();
  await desk.isTold('Settled.');
  await expect(row).toContainText(`by ${STAFF.email}: their export was late`);
});

test('a session that ends mid-form loses nothing: signed in again, the form is as it was', async ({ staff, stage }) => {
  const charge = `ch_${randomUUID().replaceAll('-', '')}`;
  await stage.differs(charge);
  const desk = new Desk(staff);
  await staff.goto('/admin/differences');
  const row = desk.row(charge);
  await desk.prepares(row, 'Mark as settled', 'typed before the session ended');
  await staff.context().clearCookies();
  await row.getByRole('button', { name: 'Mark this difference as settled' }).click();
  await desk.isTold('Your session has ended, and nothing was done. What you typed is kept.');
  await staff.getByRole('link', { name: 'Sign in' }).last().click();
  await staff.getByLabel('Email').fill(STAFF.email);
  await staff.getByLabel('Password').fill(STAFF.password);
  await staff.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await staff.waitForURL('/admin/differences');
  await expect(row.getByLabel('Reason')).toHaveValue('typed before the session ended');
  await row.getByRole('button', { name: 'Mark this difference as settled' }).click();
  await desk.isTold('Settled.');
  await expect(row).toContainText('typed before the session ended');
});

test('it is used by keyboard alone: a form opens, is left by Escape, and gives the focus back', async ({
  staff,
  stage,
}) => {
  const charge = `ch_${randomUUID().replaceAll('-', '')}`;
  await stage.differs(charge);
  const desk = new Desk(staff);
  await staff.goto('/admin/differences');
  const button = desk.row(charge).getByRole('button', { name: 'Mark as settled', exact: true });
  await button.focus();
  await staff.keyboard.press('Enter');
  await expect(desk.row(charge).getByLabel('Reason')).toBeFocused();
  await staff.keyboard.press('Escape');
  await expect(button).toBeFocused();
  await staff.keyboard.press('Enter');
  await staff.keyboard.type('by keyboard');
  await staff.keyboard.press('Enter');
  await desk.isTold('Settled.');
});
