import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../tools/until.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, live, block as samples } from './recordings.ts';

const focused = (panel: PanelPage): Promise<string> =>
  panel.page.evaluate(() => {
    const at = document.activeElement;
    return at?.getAttribute('aria-label') ?? at?.textContent ?? '';
  });

describe('by keyboard and pointer', () => {
  const browser = panelBrowser();

  test('one stop for each group; everything can be reached', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    const stops: string[] = [];
    for (let at = 0; at < 17; at += 1) {
      await panel.page.keyboard.press('Tab');
      stops.push(await focused(panel));
    }
    const [picker, tab, share, like, chip, menu, time, chart, ...rest] = stops;
    assert.deepEqual(
      [picker, tab, share, like, menu, time],
      ['Run', 'Chart', 'Share', 'like …', 'Charts', 'All'],
    );
    assert.match(chip ?? '', /^#0/);
    assert.equal(chart, 'Power and utilisation over time');
    assert.deepEqual(rest.slice(0, 8), [
      'Waiting for input',
      'Open loader.py:27',
      'Fix loader.py:27',
      'Why loader.py:27',
      'Host sync in the step',
      'Open train.py:88',
      'Fix train.py:88',
      'Why train.py:88',
    ]);
    await panel.page.keyboard.press('Enter');
    assert.equal((await panel.sent()).length, 1, 'past the last stop nothing is pressed');
  });

  test('arrow keys choose a tab', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.getByRole('tab', { name: 'Chart' }).focus();
    await panel.page.keyboard.press('ArrowRight');
    await panel.post();
    assert.equal(await focused(panel), 'Lines');
    await panel.page.keyboard.press('ArrowRight');
    await panel.post();
    assert.equal(await focused(panel), 'Table');
    assert.ok(await panel.page.getByRole('table').isVisible());
    await panel.page.keyboard.press('ArrowRight');
    await panel.post();
    assert.equal(await focused(panel), 'Compare');
    assert.deepEqual((await panel.sent()).at(-1), {
      type: 'compare',
      baselineRunId: 'run-13',
      runId: 'run-14',
    });
    await panel.page.keyboard.press('End');
    await panel.post();
    assert.equal(await focused(panel), 'Plan');
  });

  test('the cursor walks over the chart, speaks at most once a second, and lets go', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.evaluate(() => {
      const region = document.querySelector('[aria-live]');
      const said: number[] = [];
      Object.assign(window, { said });
      new MutationObserver(() => said.push(performance.now())).observe(region ?? document.body, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    });
    const plot = panel.page.getByRole('application');
    await plot.focus();
    for (let press = 0; press < 14; press += 1) {
      await panel.page.keyboard.press('ArrowLeft');
      await panel.page.waitForTimeout(60);
    }
    await panel.page.keyboard.press('PageUp');
    await panel.shot('cursor');
    await panel.page.waitForTimeout(1200);
    const said = await panel.page.evaluate(() => (window as unknown as { said: number[] }).said);
    assert.ok(said.length >= 2 && said.length <= 4, `${said.length} utterances`);
    for (const [at, time] of said.entries()) assert.ok(at === 0 || time - (said[at - 1] ?? 0) > 950);
    const spoken = await panel.page.locator('[aria-live]').textContent();
    assert.match(spoken ?? '', /^01:5\d\.\d: GPU 0 \d+ W · [\d.]+ % · 43\.0 GiB; GPU 1 /);
    const shown = await panel.page.locator('.readout-time').textContent();
    assert.equal(spoken?.split(': ')[0], shown);
    await panel.page.keyboard.press('Home');
    await panel.post();
    assert.equal(await panel.page.locator('.readout-time').textContent(), '00:00.2');
    await panel.page.keyboard.press('Escape');
    await panel.post();
    assert.ok(await panel.page.locator('.cursor').isHidden());
    assert.equal(await panel.page.locator('.readout-time').textContent(), 'now');
  });

  test('plus zooms and asks for finer samples, 0 shows the whole run', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ durationMs: 3_600_000 }));
    await panel.page.getByRole('application').focus();
    for (let press = 0; press < 6; press += 1) await panel.page.keyboard.press('+');
    await panel.post();
    const ask = await until('the question for the last stretch', async () =>
      (await panel.sent()).find(
        (message) => message.type === 'series' && message.toMs - message.fromMs < 60_000,
      ),
    );
    assert.ok(ask.type === 'series');
    const coarse = Number(await panel.fact('points'));
    await panel.post({ type: 'series', runId: ask.runId, block: samples({}, ask.fromMs, ask.toMs) });
    assert.ok(Number(await panel.fact('points')) > coarse * 4);
    await panel.shot('zoomed');
    const before = (await panel.chart()).toMs;
    await panel.post({ type: 'live', update: live({}, 3_600_000, 3_600_250) });
    const after = (await panel.chart()).toMs;
    assert.equal(after, before, 'a place that was zoomed into stays');
    await panel.page.keyboard.press('0');
    await panel.post();
    assert.equal(
      await panel.page.getByRole('button', { name: 'All', exact: true }).getAttribute('aria-pressed'),
      'true',
    );
    assert.deepEqual(await panel.troubles(), []);
  });

  test('a wheel sideways moves along the run, to its end, and asks a few times a second', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ durationMs: 3_600_000, state: 'ended' }));
    const plot = panel.page.getByRole('application');
    await plot.focus();
    for (let press = 0; press < 5; press += 1) await panel.page.keyboard.press('+');
    await panel.post();
    const before = await panel.chart();
    const box = await plot.boundingBox();
    assert.ok(box !== null);
    await panel.page.mouse.move(box.x + 300, box.y + 50);
    const begunMs = performance.now();
    const asked = (await panel.sent()).length;
    for (let turn = 0; turn < 30; turn += 1) await panel.page.mouse.wheel(20, 0);
    const moved = await until('the window to move', async () => {
      const chart = await panel.chart();
      return chart.fromMs > before.fromMs ? chart : undefined;
    });
    assert.ok(Math.abs(moved.toMs - moved.fromMs - (before.toMs - before.fromMs)) <= 1);
    const tookS = (performance.now() - begunMs) / 1000;
    assert.ok((await panel.sent()).length - asked <= 2 + tookS * 5, 'a question for each turn is too many');
    for (let turn = 0; turn < 10; turn += 1) await panel.page.mouse.wheel(20_000, 0);
    const last = await until('the end of the run', async () => {
      const chart = await panel.chart();
      return chart.toMs >= 3_600_000 ? chart : undefined;
    });
    assert.ok(Math.abs(last.toMs - last.fromMs - (before.toMs - before.fromMs)) <= 1);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('at the edge of a stretch the window goes along with the cursor', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ durationMs: 3_600_000, state: 'ended' }));
    const plot = panel.page.getByRole('application');
    await plot.focus();
    for (let press = 0; press < 5; press += 1) await panel.page.keyboard.press('+');
    await plot.press('Home');
    await panel.post();
    const before = await panel.chart();
    await plot.press('PageUp');
    await panel.post();
    const after = await panel.chart();
    assert.ok(after.fromMs < before.fromMs);
    assert.ok(await panel.page.locator('.cursor').isVisible());
  });

  test('a drag with Shift zooms, a double click shows the whole run', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    const box = await panel.page.getByRole('application').boundingBox();
    assert.ok(box !== null);
    await panel.page.mouse.move(box.x + 300, box.y + 50);
    await panel.page.keyboard.down('Shift');
    await panel.page.mouse.down();
    await panel.page.mouse.move(box.x + 420, box.y + 55, { steps: 4 });
    await panel.page.mouse.up();
    await panel.page.keyboard.up('Shift');
    await panel.post();
    const zoomed = await panel.chart();
    assert.ok(zoomed.toMs - zoomed.fromMs < 25_000);
    await panel.page.mouse.dblclick(box.x + 300, box.y + 50);
    await panel.post();
    const all = await panel.chart();
    assert.equal(all.fromMs, 0);
  });
});
