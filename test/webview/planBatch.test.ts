import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { batchedRuns, hydrate, run } from './recordings.ts';
import { themeNames } from './themes.ts';

describe('batch size', () => {
  const browser = panelBrowser();

  async function opened(panel: PanelPage): Promise<void> {
    await panel.post(hydrate());
    await panel.page.getByRole('tab', { name: 'Chart' }).focus();
    await panel.page.keyboard.press('End');
    await panel.post();
    await panel.tabTo(panel.page.getByRole('tab', { name: 'Power limit' }));
    await panel.page.keyboard.press('ArrowRight');
    await panel.post();
  }

  const answer = (plan = batchedRuns()) =>
    ({ type: 'batchPlan', runId: run().runId, plan, failure: null }) as const;

  test('opened by keyboard it asks once, over the runs of the program', async () => {
    const panel = await browser.open();
    await opened(panel);
    const { runs } = hydrate();
    const asked = (await panel.sent()).filter(({ type }) => type === 'batchPlan');
    assert.deepEqual(asked, [
      {
        type: 'batchPlan',
        runId: run().runId,
        runs: runs.map(({ runId }) => ({ runId, batchSize: null })),
      },
    ]);
    assert.match((await panel.page.locator('#plan-batch .plan-waiting').textContent()) ?? '', /Reading/);
  });

  test('the least energy per sample, what it saves, the next size, the memory left, the caveat, the command', async () => {
    const panel = await browser.open({ height: 420 });
    await opened(panel);
    await panel.post(answer());
    const page = panel.page.locator('#plan-batch');
    assert.equal(await page.locator('.verdict-headline').textContent(), 'Batch size 64');
    assert.equal(
      await page.locator('.verdict-detail').textContent(),
      '2.36 J/sample ±0.04, −42 % against 16',
    );
    assert.match(
      (await page.locator('.plan-next').textContent()) ?? '',
      /^32 takes 23 % more .*nothing larger was recorded\. Next worth a run: 128\. .*70 %/,
    );
    assert.match((await page.locator('.caveats').textContent()) ?? '', /how the model learns/);
    assert.equal(await page.locator('.plan-command').textContent(), 'perjoule plan batch 12=16 13 14');
    const [, , last] = await page.locator('.plan-points tbody tr').allInnerTexts();
    assert.match(last ?? '', /^64\trun 14\t2\.36 J ±0\.04\t−42 %\t151 J\t4\.00 ms\t58 %$/);
    assert.match(
      (await page.getByRole('img').getAttribute('aria-label')) ?? '',
      /16: 4\.10 J\/sample\. 32: 2\.90/,
    );
  });

  test('a run whose command names no size gets a field; what is told there is asked with', async () => {
    const panel = await browser.open({ height: 420 });
    await opened(panel);
    const past = hydrate().runs[1];
    assert.ok(past);
    const why = `Run ${past.number} is left out: its command names no batch size.`;
    const leftOut = [{ runId: past.runId, number: past.number, needsSize: true, why }];
    await panel.post(answer(batchedRuns({ leftOut })));
    const field = panel.page.getByRole('spinbutton', { name: `Samples per step of run ${past.number}` });
    await field.fill('24');
    await field.press('Enter');
    await panel.post();
    const asked = (await panel.sent()).findLast(({ type }) => type === 'batchPlan');
    assert.ok(asked?.type === 'batchPlan');
    assert.deepEqual(
      asked.runs.find(({ runId }) => runId === past.runId),
      { runId: past.runId, batchSize: 24 },
    );
  });

  test('without a run that has a size, and after a failure, it says what to do', async () => {
    const panel = await browser.open();
    await opened(panel);
    await panel.post(answer(batchedRuns({ points: [], best: null, next: null })));
    const waiting = panel.page.locator('#plan-batch .plan-waiting');
    assert.match((await waiting.textContent()) ?? '', /Run it with two batch sizes/);
    await panel.post({ type: 'batchPlan', runId: run().runId, plan: null, failure: 'There is no such run.' });
    assert.match((await waiting.textContent()) ?? '', /There is no such run/);
  });

  for (const theme of themeNames)
    test(`picture in ${theme}: nothing overflows, nothing is blocked, axe finds nothing`, async () => {
      const panel = await browser.open({ theme, height: 380 });
      await opened(panel);
      await panel.post(answer());
      await panel.shot(`plan-batch-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
      const { violations } = await new AxeBuilder({ page: panel.page }).analyze();
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
        [],
      );
    });

  test('narrow: one column', async () => {
    const panel = await browser.open({ width: 360, height: 760 });
    await opened(panel);
    await panel.post(answer());
    await panel.shot('plan-batch-narrow');
    assert.deepEqual(await overflows(panel.page), []);
  });
});
