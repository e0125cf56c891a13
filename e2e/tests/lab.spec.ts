import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
// @boundaries-ignore the page's own list, so that none is forgotten
import { SCENARIOS, type ScenarioId } from '../../apps/web/src/lab/scenarios.ts';
import { askControl } from '../fixtures/control.ts';
import { Laboratory } from '../fixtures/laboratory.ts';
import { Ledger } from '../fixtures/ledger.ts';
import { LOOKS, lookAs } from '../fixtures/looks.ts';
import { expect, test } from '../fixtures/test.ts';

/** Charges in the provider's ledger when it is over. */
const CHARGES: Readonly<Record<ScenarioId, { readonly once: number; readonly naive?: number }>> = {
  none: { once: 1 },
  'answer-lost': { once: 1, naive: 2 },
  'answer-cut': { once: 1 },
  'server-killed': { once: 1 },
  'double-click': { once: 1 },
  'two-tabs': { once: 1, naive: 2 },
  'two-checkouts': { once: 1 },
  'provider-hangs': { once: 1 },
  'provider-500': { once: 1 },
  'webhook-twice': { once: 1, naive: 2 },
  'wifi-drops': { once: 1 },
  'database-restarts': { once: 1 },
  'last-copy': { once: 1 },
  'bank-abandoned': { once: 0 },
};

const NAIVE = 'A shop without keys';

test.describe('the laboratory', () => {
  test.setTimeout(120_000);

  for (const { id, name } of SCENARIOS) {
    const { once, naive } = CHARGES[id];
    const told = naive === undefined ? '' : `, and ${naive} in a shop without keys`;
    test(`${name}: ${once} ${once === 1 ? 'charge' : 'charges'}${told}, drawn as it was`, async ({ page, shop }) => {
      const lab = new Laboratory(page, shop);
      const run = await lab.press(id);
      await lab.isOver();
      await expect(lab.said()).toHaveText('Over. What was armed has struck.');

      const halves = [
        { title: 'Once', account: `lab_${run}`, charges: once },
        ...(naive === undefined ? [] : [{ title: NAIVE, account: `naive_${run}`, charges: naive }]),
      ];
      for (const { title, account, charges } of halves) {
        const booked = (await new Ledger(shop.controlUrl, account).rows()).filter(({ kind }) => kind === 'charge');
        expect(booked, `${title}: the provider's ledger`).toHaveLength(charges);
        await expect(page.getByRole('region', { name: title, exact: true }).locator('.count')).toHaveText(`${charges}`);
        expect(await lab.drawn(title, 'journal'), `${title}: drawn as journalled`).toEqual(
          await lab.journalOf(account),
        );
        expect(await lab.drawn(title, 'ledger'), `${title}: charges drawn`).toHaveLength(charges);
      }
      const audit = await lab.auditOf(run, { ownServer: id === 'database-restarts' });
      expect(audit.length, 'something was audited').toBeGreaterThan(0);
      const drawn = (await lab.drawn('Once', 'audit')).flatMap((source) => source.slice('audit:'.length).split(','));
      expect(drawn, 'drawn as audited').toEqual(audit);
    });
  }

  test('two people at once have a sandbox each', async ({ page, visitor, shop }) => {
    const labs = [new Laboratory(page, shop), new Laboratory(visitor.page, shop)];
    const runs = await Promise.all(labs.map((lab) => lab.press('none')));
    expect(runs[0]).not.toBe(runs[1]);
    await Promise.all(labs.map((lab) => lab.isOver()));
    for (const run of runs) expect(await new Ledger(shop.controlUrl, `lab_${run}`).rows()).toHaveLength(1);
  });

  test('a run that is begun twice is one; one that is left is taken away', async ({ page, shop }) => {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => 'abcdefgh'[byte % 8]).join('');
    const start = async () => {
      const answer = await page.request.post('/api/trpc/lab.start', { data: { json: { id, scenario: 'none' } } });
      return ((await answer.json()) as { result: { data: { json: { begunAt: string } } } }).result.data.json;
    };
    const [first, second] = await Promise.all([start(), start()]);
    expect(second.begunAt).toBe(first.begunAt);
    const state = async () => {
      const input = encodeURIComponent(JSON.stringify({ json: { id } }));
      const answer = await page.request.get(`/api/trpc/lab.get?input=${input}`);
      return ((await answer.json()) as { result: { data: { json: { state: string } } } }).result.data.json.state;
    };
    await expect.poll(state, { timeout: 60_000 }).toBe('closed');
    // It is closed first, and then tidied up.
    const isLeft = () => existsSync(join(shop.dataDir, 'lab/sandboxes', id));
    await expect.poll(isLeft, { message: 'something of its processes is left' }).toBe(false);
  });

  test('a fault that never fires is said', async ({ page, shop }) => {
    const lab = new Laboratory(page, shop);
    const run = await lab.press('none');
    const match = { account: `lab_${run}`, path: '/v1/customers' };
    await askControl(shop.controlUrl, '/faults', { match, action: 'rst_before' });
    await lab.isOver();
    await expect(lab.said()).toHaveText('The fault did not fire: rst_before struck 0 of 1 times.');
  });

  test('a run has an address, goes step by step, can be saved, and every look of it passes axe', async ({
    page,
    shop,
  }) => {
    const lab = new Laboratory(page, shop);
    const run = await lab.press('answer-lost');
    await lab.isOver();
    await page.goto(`/lab/${run}`);
    const rows = page.getByRole('region', { name: 'Once', exact: true }).getByRole('listitem');
    const all = await rows.count();
    await page.getByRole('slider').fill('1');
    expect(await rows.count()).toBeLessThan(all);
    for (let step = 0; step < 5; step++) await page.getByRole('button', { name: 'Next' }).click();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as JSON' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe(`once-answer-lost-${run}.json`);
    const [drawn] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as picture' }).click(),
    ]);
    expect(drawn.suggestedFilename()).toBe(`once-answer-lost-${run}.png`);
    await expectPictureOf(page, await readFile(await drawn.path()), all);
    await page.reload();
    await expect(rows).toHaveCount(all);
    for (const look of LOOKS) {
      await lookAs(page, look);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map(({ id: rule, nodes }) => `${rule}: ${nodes[0]?.html}`),
        look.name,
      ).toEqual([]);
    }
  });
});

/** A PNG with a lane for each of four in two shops and a row for each event; drawn on, with the dot of a charge. */
async function expectPictureOf(page: Page, png: Buffer, events: number): Promise<void> {
  const source = `data:image/png;base64,${png.toString('base64')}`;
  const { width, height, inked, dotted } = await page.evaluate(async (src) => {
    const image = Object.assign(new Image(), { src });
    await image.decode();
    const { naturalWidth: w, naturalHeight: h } = image;
    const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
    const context = canvas.getContext('2d');
    context?.drawImage(image, 0, 0);
    const pixels = context?.getImageData(0, 0, w, h).data ?? [];
    let [dark, red] = [0, 0];
    for (let at = 0; at < pixels.length; at += 4) {
      const [r = 255, g = 255, b = 255] = [pixels[at], pixels[at + 1], pixels[at + 2]];
      if (r < 80 && g < 80 && b < 80) dark++;
      else if (r > 180 && g < 90 && b < 90) red++;
    }
    return { width: w, height: h, inked: dark, dotted: red };
  }, source);
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(width).toBe(2 * 1200);
  expect(height).toBeGreaterThan(events * 2 * 30);
  expect(inked, 'letters and arrows').toBeGreaterThan(5_000);
  expect(dotted, 'the charge').toBeGreaterThan(50);
}
