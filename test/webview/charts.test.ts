/** Which charts are shown, by keyboard; and that what they draw is in the table and in the cursor's words too. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { chartIds } from '../../contracts/charts.ts';
import { until } from '../../tools/until.ts';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, live } from './recordings.ts';
import { themeNames } from './themes.ts';

const everything = { everything: true, gpus: 2 } as const;
const shownCharts = async (panel: PanelPage): Promise<readonly string[]> =>
  (await panel.chart()).charts.map(({ id }) => id);

describe('charts', () => {
  const browser = panelBrowser();

  test('the menu is opened, used and left by keyboard, and the host is told', async () => {
    const panel = await browser.open({ height: 320 });
    await panel.post(hydrate(everything));
    assert.deepEqual(await shownCharts(panel), ['power', 'utilization']);
    const menu = panel.page.locator('.chart-menu summary');
    const box = (name: string) => panel.page.getByRole('checkbox', { name, exact: true });
    await menu.focus();
    await panel.page.keyboard.press('Enter');
    await box('Power').waitFor({ state: 'visible' });
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Tab');
    await panel.page.keyboard.press('Space');
    await until('utilisation is off', async () => (await shownCharts(panel)).length === 1);
    assert.deepEqual((await panel.sent()).at(-1), { type: 'charts', charts: ['power'] });
    await box('Memory used').press('Space');
    await until('memory is on', async () => (await shownCharts(panel)).at(-1) === 'memory');
    await box('Temperature').press('Space');
    await until('temperature is on', async () => (await shownCharts(panel)).at(-1) === 'temperature');
    await box('Power').press('Space');
    await box('Memory used').press('Space');
    await until('one is left', async () => (await shownCharts(panel)).length === 1);
    assert.ok(await box('Temperature').isDisabled(), 'the last one stays');
    await box('CPU power (machine)').press('Escape');
    await box('Power').waitFor({ state: 'hidden' });
    assert.ok(await menu.evaluate((element) => element === document.activeElement));
    assert.deepEqual(await panel.troubles(), []);
  });

  test('a setting that changes elsewhere shows in the menu and on the canvas', async () => {
    const panel = await browser.open();
    await panel.post({ type: 'charts', charts: ['smClock', 'cpu'] }, hydrate(everything));
    assert.deepEqual(await shownCharts(panel), ['smClock', 'cpu']);
    const plot = panel.page.getByRole('application');
    assert.equal(await plot.getAttribute('aria-label'), 'SM clock and CPU of the run over time');
    const picture = await panel.page.locator('canvas').getAttribute('aria-label');
    assert.equal(picture, '2 GPUs. SM clock up to 1755 MHz, CPU of the run up to 4.2 cores.');
  });

  test('what is shown is in the table and in what the cursor says, with its marks', async () => {
    const panel = await browser.open({ height: 420 });
    await panel.post({ type: 'charts', charts: ['power', 'temperature', 'cpuPower', 'memoryPower'] });
    await panel.post(hydrate(everything));
    const plot = panel.page.getByRole('application');
    await plot.focus();
    await panel.page.keyboard.press('End');
    const voice = panel.page.locator('.chart-pane [aria-live]').first();
    const words =
      /^01:59\.\d: GPU 0 \d+ W · 43\.0 GiB · 7\d °C; GPU 1 \d+ W · 44\.0 GiB · 7\d °C; CPU power \(machine\) \d+ W; DRAM power \(machine\) –; epoch 3 · backward$/;
    await until('the cursor is told', async () => words.test((await voice.textContent()) ?? ''));
    const row = await panel.page.locator('.readout-overall').textContent();
    assert.match(
      row ?? '',
      /^CPU power \(machine\) \d+ W {4}DRAM power \(machine\) – {4}epoch 3 · backward$/,
    );
    await panel.page.getByRole('tab', { name: 'Table' }).click();
    const heads = panel.page.locator('.twin thead th');
    await heads.first().waitFor();
    assert.deepEqual(await heads.allTextContents(), [
      'Time',
      '#0 Power',
      '#0 Temperature',
      '#1 Power',
      '#1 Temperature',
      'CPU power (machine)',
      'DRAM power (machine)',
      'Marks',
    ]);
    const marks = await panel.page.locator('.twin tbody td:last-child').allTextContents();
    for (const wanted of ['import', 'epoch 1 · input', 'epoch 3 · input · slowed by heat or hardware'])
      assert.ok(marks.includes(wanted), `${wanted} is in no row`);
  });

  test('marks that come while the run lives move nothing', async () => {
    const panel = await browser.open({ height: 320 });
    await panel.post(hydrate(everything));
    const place = () => panel.page.getByRole('application').boundingBox();
    const before = await place();
    for (let at = 0; at < 4; at += 1) {
      const update = live(everything, 120_000 + at * 250, 120_250 + at * 250);
      const epochs = [{ timeMs: 120_000 + at * 250, epoch: 4 + at, done: false }];
      await panel.post({ type: 'live', update: { ...update, course: { epochs, phases: [] } } });
      assert.deepEqual(await place(), before);
    }
    assert.equal((await panel.chart()).marks.epochs[0]?.epoch, 7);
  });

  for (const theme of themeNames) {
    test(`all of them, 16 GPUs, the menu open, ${theme}`, async () => {
      const panel = await browser.open({ theme, height: 620 });
      await panel.post({ type: 'charts', charts: chartIds }, hydrate({ ...everything, gpus: 16 }));
      await panel.shot(`charts-all-${theme}`);
      assert.equal((await panel.chart()).lines.length, chartIds.length);
      await panel.page.locator('.chart-menu summary').click();
      await panel.page.getByRole('checkbox').first().waitFor({ state: 'visible' });
      await panel.shot(`charts-menu-${theme}`);
      const { violations } = await new AxeBuilder({ page: panel.page }).analyze();
      assert.deepEqual(
        violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        [],
      );
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });
  }

  test('on a narrow panel the open menu lies inside it', async () => {
    const panel = await browser.open({ width: 420, height: 620 });
    await panel.post(hydrate(everything));
    await panel.page.locator('.chart-menu summary').click();
    await panel.page.getByRole('checkbox').first().waitFor({ state: 'visible' });
    await panel.shot('charts-menu-narrow');
    assert.deepEqual(await overflows(panel.page), []);
  });

  test('pictures of two GPUs with marks, low and high', async () => {
    for (const height of [260, 420]) {
      const panel = await browser.open({ height });
      await panel.post(hydrate(everything));
      await panel.shot(`charts-marked-${height}`);
      assert.deepEqual(await overflows(panel.page), []);
    }
  });
});
