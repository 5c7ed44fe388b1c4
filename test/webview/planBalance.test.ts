import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { balancedRun, hydrate, run } from './recordings.ts';
import { themeNames } from './themes.ts';

describe('balance of GPUs', () => {
  const browser = panelBrowser();

  async function opened(panel: PanelPage): Promise<void> {
    await panel.post(hydrate());
    await panel.page.getByRole('tab', { name: 'Plan' }).click();
    await panel.page.getByRole('tab', { name: 'Balance of GPUs' }).click();
    await panel.post();
  }

  const answer = (plan = balancedRun()) =>
    ({ type: 'balancePlan', runId: run().runId, plan, failure: null }) as const;

  test('asked once; slack by GPU, what slowing it would save, that it is a model, the command', async () => {
    const panel = await browser.open({ height: 420 });
    await opened(panel);
    const asked = (await panel.sent()).filter(({ type }) => type === 'balancePlan');
    assert.deepEqual(asked, [{ type: 'balancePlan', runId: run().runId }]);
    await panel.post(answer());
    const page = panel.page.locator('#plan-balance');
    assert.equal(
      await page.locator('.verdict-headline').textContent(),
      '9.7 % less energy per step, modelled',
    );
    assert.match(
      (await page.locator('.verdict-detail').textContent()) ?? '',
      /18\.4 J less of 190 J per step \(modelled\)/,
    );
    assert.deepEqual(await page.locator('.plan-points tbody tr').allInnerTexts(), [
      '0\t96 %\t0.0 ms ±2.0\t104 J\t520 W\tno\t0 J',
      '1\t76 %\t40.0 ms ±2.0\t86.0 J\t430 W\t1.25 ×\t18.4 J',
    ]);
    assert.equal(await page.locator('.plan-command').textContent(), 'perjoule plan balance 14');
  });

  test('no slack, no known saving, and a run that cannot be looked at', async () => {
    const panel = await browser.open({ height: 420 });
    await opened(panel);
    const headline = panel.page.locator('#plan-balance .verdict-headline');
    const { gpus } = balancedRun();
    await panel.post(answer(balancedRun({ gpus: gpus.map((gpu) => ({ ...gpu, stretch: 1 })), savedJ: 0 })));
    assert.equal(await headline.textContent(), 'No GPU waits for another for sure');
    await panel.post(
      answer(balancedRun({ gpus: gpus.map((gpu) => ({ ...gpu, savedJ: null })), savedJ: null })),
    );
    assert.equal(await headline.textContent(), 'GPUs wait for one another');
    assert.doesNotMatch(await panel.page.locator('#plan-balance').innerText(), /NaN|null/);
    const failure = 'Run 14 holds one GPU: there is nobody for it to wait for.';
    await panel.post({ type: 'balancePlan', runId: run().runId, plan: null, failure });
    assert.equal(await panel.page.locator('#plan-balance .plan-waiting').textContent(), failure);
  });

  for (const theme of themeNames)
    test(`picture in ${theme}: nothing overflows, nothing is blocked, axe finds nothing`, async () => {
      const panel = await browser.open({ theme, height: 380 });
      await opened(panel);
      await panel.post(answer());
      await panel.shot(`plan-balance-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
      const { violations } = await new AxeBuilder({ page: panel.page }).analyze();
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
        [],
      );
    });

  test('narrow: one column, and what slowing saves is still told', async () => {
    const panel = await browser.open({ width: 360, height: 760 });
    await opened(panel);
    await panel.post(answer());
    await panel.shot('plan-balance-narrow');
    assert.deepEqual(await overflows(panel.page), []);
    const heads = panel.page.locator('#plan-balance thead th');
    const shown = await heads.evaluateAll((cells) =>
      cells.filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent),
    );
    assert.deepEqual(shown, ['GPU', 'Works', 'Slack per step', 'Slower by', 'Saves']);
  });
});
