/** A stretch marked on the chart: by hand and by key, its totals as the host tells them, spoken, zoomed into and let go. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { PageMessage } from '../../contracts/viewProtocol.ts';
import { until } from '../../tools/until.ts';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, live, type RecordingOptions, windowTotals } from './recordings.ts';
import { themeNames } from './themes.ts';

type Ask = Extract<PageMessage, { type: 'totals' }>;

async function asks(panel: PanelPage): Promise<readonly Ask[]> {
  return (await panel.sent()).filter((message) => message.type === 'totals');
}

/** From and to as shares of the plot's width. */
async function drag(panel: PanelPage, from: number, to: number): Promise<void> {
  const box = await panel.page.getByRole('application').boundingBox();
  assert.ok(box !== null);
  await panel.page.mouse.move(box.x + box.width * from, box.y + 40);
  await panel.page.mouse.down();
  await panel.page.mouse.move(box.x + box.width * to, box.y + 45, { steps: 4 });
  await panel.page.mouse.up();
  await panel.post();
}

const answer = (panel: PanelPage, ask: Ask, recording: RecordingOptions = {}): Promise<void> => {
  const { runId, fromMs, toMs } = ask;
  const totals = windowTotals(recording, fromMs, toMs);
  return panel.post({ type: 'totals', runId, fromMs, toMs, totals, failure: null });
};

/** The newest question once there are so many. */
const asked = (panel: PanelPage, count = 1): Promise<Ask> =>
  until(`question ${count}`, async () => {
    const all = await asks(panel);
    return all.length >= count ? all.at(-1) : undefined;
  });

const bar = (panel: PanelPage) => panel.page.getByRole('region', { name: 'Selected stretch' });

describe('a marked stretch', () => {
  const browser = panelBrowser();

  test('a drag marks it and the window stays; what it drew comes from the host alone', async () => {
    const panel = await browser.open({ height: 300 });
    await panel.post(hydrate({ state: 'ended' }));
    const before = await panel.chart();
    await drag(panel, 0.7, 0.4);
    const ask = await asked(panel);
    const { fromMs, toMs } = await panel.chart();
    assert.deepEqual([fromMs, toMs], [before.fromMs, before.toMs]);
    assert.ok(
      ask.fromMs > 35_000 && ask.toMs < 95_000 && ask.toMs - ask.fromMs > 25_000,
      JSON.stringify(ask),
    );
    assert.equal(await bar(panel).locator('.selection-figures').textContent(), '…', 'nothing is guessed');
    const totals = {
      ...windowTotals({}, 0, 12_000),
      energyJ: 4321,
      meanPowerW: 77,
      steps: { count: 12, perStepJ: 360 },
    };
    // An answer for another stretch is not this one's.
    await panel.post({ ...ask, toMs: ask.toMs + 1, totals, failure: null });
    assert.equal(await bar(panel).locator('.selection-figures').textContent(), '…');
    await panel.post({ ...ask, totals, failure: null });
    const text = (await bar(panel).textContent()) ?? '';
    for (const part of ['4.32 kJ', '1.20 Wh', '77 W', 'Steps 12', '360 J/step', 'counter', '#0 ', '#1 '])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.ok(await bar(panel).locator('[data-simulated]').isHidden());
    assert.equal((await asks(panel)).length, 1, 'a run that is over is asked once');
    assert.deepEqual(await overflows(panel.page), []);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('what is not known is never 0, and a failure is told', async () => {
    const panel = await browser.open({ height: 300 });
    await panel.post(hydrate({ state: 'ended' }));
    await drag(panel, 0.4, 0.6);
    const ask = await asked(panel);
    const totals = {
      ...windowTotals({ gpus: 1 }, ask.fromMs, ask.toMs),
      energyJ: null,
      missing: 'unread' as const,
      idleJ: null,
      meanPowerW: null,
      coverage: 0,
      provenance: null,
      steps: null,
    };
    await panel.post({ ...ask, totals, failure: null });
    const text = (await bar(panel).textContent()) ?? '';
    assert.match(text, /Energy – no reading lies in this time/);
    assert.match(text, /no reading.*Steps – not known/s);
    assert.doesNotMatch(text, /\b0 (J|W)\b/);
    await drag(panel, 0.3, 0.5);
    const next = await asked(panel, 2);
    await panel.post({ ...next, totals: null, failure: 'The sampler has ended.' });
    assert.match((await bar(panel).textContent()) ?? '', /The sampler has ended\./);
  });

  test('by key: Shift marks from the cursor, is spoken, Enter zooms in, Escape lets go', async () => {
    const panel = await browser.open({ height: 300 });
    await panel.post(hydrate({ state: 'ended' }));
    const plot = panel.page.getByRole('application');
    const help = await plot.getAttribute('aria-describedby');
    assert.match(
      (await panel.page.locator(`#${help}`).textContent()) ?? '',
      /With Shift they mark a stretch/,
    );
    await plot.focus();
    for (const key of [
      'Home',
      'PageDown',
      'PageDown',
      'Shift+PageDown',
      'Shift+ArrowRight',
      'Shift+ArrowRight',
    ])
      await plot.press(key);
    await panel.post();
    const { bucketMs } = await panel.chart();
    const first = await asked(panel);
    await answer(panel, first, { simulated: true });
    // The first question may have been for less: the newest stretch is asked for once it was answered.
    const ask = await until('the whole stretch', async () => {
      const last = (await asks(panel)).at(-1);
      return last !== undefined && Math.abs(last.toMs - last.fromMs - 12 * bucketMs) <= 2 ? last : undefined;
    });
    await answer(panel, ask);
    await until('the totals spoken', async () => {
      const said = (await panel.page.locator('[aria-live]').textContent()) ?? '';
      return (
        /^Selected 0\d:\d\d\.\d – .* s: Energy .*; Mean .*; Steps .*; #0 .*counter/.test(said) || undefined
      );
    });
    await plot.press('Shift+ArrowLeft');
    await panel.post();
    const shorter = await asked(panel, (await asks(panel)).length);
    assert.ok(shorter.fromMs === ask.fromMs, 'its other end stays');
    await plot.press('Enter');
    await panel.post();
    const chart = await panel.chart();
    assert.ok(chart.toMs - chart.fromMs < 15 * bucketMs, `${chart.fromMs} ${chart.toMs}`);
    await plot.press('Escape');
    await panel.post();
    assert.ok(await bar(panel).isHidden());
    assert.ok(await panel.page.locator('.cursor').isVisible(), 'the cursor goes with the next Escape');
    assert.deepEqual(await panel.troubles(), []);
  });

  test('of a live run: asked again while readings of it may come, then no more', async () => {
    const panel = await browser.open({ height: 300 });
    await panel.post(hydrate());
    await drag(panel, 0.5, 0.99);
    const ask = await asked(panel);
    await answer(panel, ask);
    await panel.post({ type: 'live', update: live({}, 120_000, 121_500) });
    const again = await asked(panel, 2);
    assert.deepEqual(again, ask);
    assert.match((await bar(panel).textContent()) ?? '', /kJ/, 'what is known stands until then');
    await answer(panel, again);
    await panel.post({ type: 'live', update: live({}, 121_500, 130_000) });
    await answer(panel, await asked(panel, 3));
    await panel.post({ type: 'live', update: live({}, 130_000, 140_000) });
    await panel.page.waitForTimeout(500);
    assert.equal((await asks(panel)).length, 3);
  });

  test('buttons zoom, copy and clear; a click on the chart clears; another run has none', async () => {
    const panel = await browser.open({ height: 300 });
    await panel.post(hydrate({ simulated: true, state: 'ended' }));
    await drag(panel, 0.4, 0.6);
    await answer(panel, await asked(panel), { simulated: true });
    assert.ok(await bar(panel).locator('[data-simulated]').isVisible());
    await panel.page.getByRole('button', { name: 'Copy', exact: true }).click();
    const copied = (await panel.sent()).at(-1);
    assert.ok(copied?.type === 'copy');
    assert.match(copied.text, /^run 14: Selected .* Energy .*#1 .*simulated · counter/);
    await panel.page.getByRole('button', { name: 'Zoom in' }).click();
    await panel.post();
    const { fromMs, toMs } = await panel.chart();
    assert.ok(toMs - fromMs < 30_000);
    await panel.page.getByRole('button', { name: 'Clear', exact: true }).click();
    await panel.post();
    assert.ok(await bar(panel).isHidden());
    await drag(panel, 0.4, 0.6);
    assert.ok(await bar(panel).isVisible());
    await panel.page.getByRole('application').click({ position: { x: 300, y: 40 } });
    await panel.post();
    assert.ok(await bar(panel).isHidden());
    await drag(panel, 0.4, 0.6);
    await panel.post(hydrate({ number: 13, state: 'ended' }));
    assert.ok(await bar(panel).isHidden());
  });

  for (const theme of themeNames)
    test(`pictured in ${theme}, and accessible`, async () => {
      const panel = await browser.open({ height: 300, theme });
      const recording = { simulated: theme === 'light' || theme === 'hcLight' };
      await panel.post(hydrate(recording));
      await drag(panel, 0.45, 0.7);
      await answer(panel, await asked(panel), recording);
      await panel.shot(`selection-${theme}`);
      const axe = await new AxeBuilder({ page: panel.page }).analyze();
      assert.deepEqual(
        axe.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        [],
      );
      assert.deepEqual(await overflows(panel.page), []);
    });

  for (const [name, recording, size] of [
    ['16-gpus', { gpus: 16 }, { height: 330 }],
    ['narrow', { simulated: true, gpus: 4 }, { width: 360, height: 700 }],
  ] as const)
    test(`${name}: nothing runs over`, async () => {
      const panel = await browser.open(size);
      await panel.post(hydrate(recording));
      await drag(panel, 0.45, 0.7);
      await answer(panel, await asked(panel), recording);
      await panel.shot(`selection-${name}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.equal(await bar(panel).locator('.selection-gpus span').count(), recording.gpus);
    });
});
