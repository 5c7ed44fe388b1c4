import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overflows, struckLabels } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, plannedPower, powerSweep, run } from './recordings.ts';
import { themeNames } from './themes.ts';

const command = {
  uuid: 'GPU-0',
  index: 0,
  name: 'A100',
  range: null,
  command: 'sudo nvidia-smi -i 0 -pl <W>',
  refusal: null,
};

describe('plan', () => {
  const browser = panelBrowser();

  async function planned(panel: PanelPage, changes: Parameters<typeof plannedPower>[0] = {}): Promise<void> {
    await panel.post(hydrate());
    await panel.page.getByRole('tab', { name: 'Plan' }).click();
    await panel.post({ type: 'plan', plan: plannedPower(changes), limits: [command] });
  }

  test('opening the tab asks for the plan of the run, once', async () => {
    const panel = await browser.open();
    await planned(panel);
    const asked = (await panel.sent()).filter(({ type }) => type === 'plan');
    assert.deepEqual(asked, [{ type: 'plan', runId: run().runId }]);
  });

  test('each wish picks its limit, says what it changes, and gives the command', async () => {
    const panel = await browser.open({ height: 420 });
    await planned(panel);
    const headline = panel.page.locator('#plan-power .verdict-headline');
    assert.equal(await headline.textContent(), '250 W');
    assert.match(
      (await panel.page.locator('#plan-power .verdict-detail').textContent()) ?? '',
      /^−3\.1 % energy, \+12 % time per step against 300 W$/,
    );
    assert.equal(await panel.page.locator('.plan-command').textContent(), 'sudo nvidia-smi -i 0 -pl 250');
    await panel.page.getByRole('radio', { name: 'Not much slower' }).check();
    await panel.post();
    assert.equal(await headline.textContent(), '275 W');
    const slider = panel.page.getByRole('slider');
    await slider.press('Home');
    await panel.post();
    assert.equal(await headline.textContent(), '300 W');
    assert.equal(await slider.getAttribute('aria-valuetext'), 'at most 0 % slower');
    await panel.page.getByRole('radio', { name: 'Energy against time' }).check();
    await panel.post();
    assert.equal(await headline.textContent(), '275 W');
    await panel.page.getByRole('button', { name: 'Copy' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'copy', text: 'sudo nvidia-smi -i 0 -pl 275' });
  });

  test('a limit that is not surely better is told with its figures, never advised', async () => {
    const panel = await browser.open({ height: 420 });
    const points = plannedPower().points.map((point) =>
      point.limitW === 250 ? { ...point, differs: false, perStepErrorMs: 12 } : point,
    );
    await planned(panel, { points });
    const headline = panel.page.locator('#plan-power .verdict-headline');
    assert.equal(await headline.textContent(), 'No limit is surely better than 300 W');
    assert.equal(
      await panel.page.locator('#plan-power .verdict-detail').textContent(),
      '250 W: −3.1 % energy, +12 % time per step against 300 W; the energy is not distinguishable',
    );
    assert.equal(await panel.page.locator('#plan-power .plan-command').count(), 0);
    assert.equal(await panel.page.locator('#plan-power tr[aria-current]').count(), 0);
    assert.ok(await panel.page.getByRole('cell', { name: '201 ms ±12.0 ms' }).isVisible());
    await panel.page.getByRole('radio', { name: 'Not much slower' }).check();
    await panel.post();
    assert.equal(await headline.textContent(), '275 W');
  });

  test('the whole page by keyboard: tab, wish, slider, sweep', async () => {
    const panel = await browser.open({ height: 420 });
    await panel.post(hydrate());
    await panel.page.getByRole('tab', { name: 'Chart' }).focus();
    await panel.page.keyboard.press('End');
    await panel.post({ type: 'plan', plan: plannedPower(), limits: [] });
    assert.equal(await panel.page.getByRole('tab', { name: 'Plan' }).getAttribute('aria-selected'), 'true');
    await panel.tabTo(panel.page.getByRole('radio', { checked: true }));
    await panel.page.keyboard.press('ArrowDown');
    await panel.post();
    assert.equal(await panel.page.locator('#plan-power .verdict-headline').textContent(), '275 W');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('ArrowLeft');
    await panel.post();
    assert.equal(await panel.page.locator('.wish-value').textContent(), 'at most 4 % slower');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await panel.sent()).at(-1), { type: 'sweep', runId: run().runId });
  });

  test('a sweep shows how far it is and can be stopped; its end says what it took and that the limit is back', async () => {
    const panel = await browser.open({ height: 420 });
    await planned(panel, { points: [], picks: null });
    await panel.post({ type: 'sweep', sweep: powerSweep() });
    const status = panel.page.locator('.plan-sweep');
    assert.equal(await status.textContent(), 'Trying 250 W, 3 of 7: step 31 of 50.');
    assert.ok(await panel.page.getByRole('button', { name: /Try Power Limits/ }).isHidden());
    await panel.shot('plan-sweep');
    await panel.post({ type: 'sweep', sweep: powerSweep({ steps: 57 }) });
    assert.equal(
      await status.textContent(),
      'Trying 250 W, 3 of 7: 57 steps done, measuring on until the energy per step can be told.',
    );
    await panel.page.getByRole('button', { name: /Stop/ }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'stopSweep', runId: run().runId });
    await panel.post({
      type: 'sweep',
      sweep: powerSweep({ state: 'stopped', limitW: null, restored: true }),
    });
    assert.equal(
      await status.textContent(),
      'The sweep was stopped. It took 131 steps of the run and 6.40 kJ. The limits stand where they stood before.',
    );
    assert.ok(await panel.page.getByRole('button', { name: /Try Power Limits/ }).isVisible());
  });

  test('limits that the run never reaches lie on one another and share a label; far slower ones are only named', async () => {
    const panel = await browser.open({ height: 420 });
    const points = plannedPower().points.map((point) =>
      point.limitW >= 250 ? { ...point, perStepMs: 180, perStepJ: 47 } : point,
    );
    await planned(panel, { points });
    const texts = await panel.page.locator('.plan-picture text').allTextContents();
    assert.ok(texts.includes('250–300 W'), texts.join(' | '));
    assert.ok(texts.includes('150–200 W: slower and dearer →'), texts.join(' | '));
    await panel.shot('plan-unreached');
  });

  test('a sweep of another run shows nothing here', async () => {
    const panel = await browser.open();
    await planned(panel);
    await panel.post({ type: 'sweep', sweep: powerSweep({ runId: 'another' }) });
    assert.ok(await panel.page.locator('.plan-sweep').isHidden());
  });

  test('a run without a known limit, and a plan that failed, say so', async () => {
    const panel = await browser.open();
    await planned(panel, { points: [], picks: null });
    assert.match(
      (await panel.page.locator('#plan-power .plan-waiting').textContent()) ?? '',
      /only this program can tell/,
    );
    await panel.shot('plan-empty');
    await panel.post({
      type: 'planFailed',
      runId: run().runId,
      message: 'The sampler is of an older version.',
    });
    assert.match(
      (await panel.page.locator('#plan-power .plan-waiting').textContent()) ?? '',
      /older version/,
    );
  });

  test('simulated and useless limits are said', async () => {
    const panel = await browser.open({ height: 420 });
    const useless = plannedPower().points.map((point) => ({ ...point, reached: point.limitW < 250 }));
    await planned(panel, { simulated: true, points: useless });
    assert.ok(await panel.page.locator('#plan-power .tag').isVisible());
    assert.match(
      (await panel.page.locator('#plan-power .caveats').textContent()) ?? '',
      /never reaches 250 W, 275 W, 300 W/,
    );
  });

  for (const theme of themeNames)
    test(`picture in ${theme}: nothing overflows, nothing is blocked`, async () => {
      const panel = await browser.open({ theme, height: 380 });
      await planned(panel, { simulated: theme === 'light' });
      await panel.page.getByRole('radio', { name: 'Not much slower' }).check();
      await panel.shot(`plan-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await struckLabels(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });

  test('narrow: one column', async () => {
    const panel = await browser.open({ width: 360, height: 760 });
    await planned(panel);
    await panel.shot('plan-narrow');
    assert.deepEqual(await overflows(panel.page), []);
    assert.deepEqual(await struckLabels(panel.page), []);
  });
});
