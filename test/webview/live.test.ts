import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { panelBrowser } from './panelPage.ts';
import { block, hydrate, live, run } from './recordings.ts';

describe('a live run', () => {
  const browser = panelBrowser();

  test('the page says ready first, hydrate fills it', async () => {
    const panel = await browser.open();
    assert.deepEqual(await panel.sent(), [{ type: 'ready', protocol: 1 }]);
    await panel.post(hydrate());
    const figure = (id: string): Promise<string | null> =>
      panel.page.locator(`[data-figure="${id}"]`).textContent();
    assert.match((await figure('power')) ?? '', /^Power nowinstant, band 5 %\d+ Wmean 760 W$/);
    assert.equal(await figure('energy'), 'Energylike …counter, band 5 %91.2 kJ25.3 Wh');
    assert.equal(
      await figure('perStep'),
      'Energy per stepcounter, band 5 %39.8 J/step±0.6295 / 2,000 steps · 0.83/s',
    );
    assert.equal(await figure('idle'), 'Idlecounter, band 5 %31 %28.3 kJ idle');
    const chart = (await panel.chart()).lines.map((line) => line.points.length);
    assert.equal(chart.length, 4, 'power and utilisation of two GPUs');
    assert.ok(chart.every((count) => count > 100 && count < 420));
    assert.deepEqual(await panel.troubles(), []);
  });

  test('updates make curve and totals grow, without moving the layout', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    const boxes = (): Promise<string> =>
      panel.page.evaluate(() =>
        ['.header', '.figures', '.plot', '.waste', '.chips', '.windows']
          .map((part) => JSON.stringify(document.querySelector(part)?.getBoundingClientRect()))
          .join(),
      );
    const layout = await boxes();
    let energy = Number(await panel.fact('energy-j'));
    let last = Number(await panel.fact('last-ms'));
    for (let at = 120_000; at < 125_000; at += 250) {
      await panel.post({ type: 'live', update: live({}, at, at + 250) });
      const nextEnergy = Number(await panel.fact('energy-j'));
      const nextLast = Number(await panel.fact('last-ms'));
      assert.ok(nextEnergy > energy && nextLast > last, `${nextEnergy} J at ${nextLast} ms`);
      energy = nextEnergy;
      last = nextLast;
      assert.equal(await boxes(), layout);
    }
    const end = (await panel.chart()).toMs;
    assert.equal(end, 125_000, 'the window follows the end');
    await panel.shot('live-after-updates');
  });

  test('an update of another run changes nothing', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    const before = await panel.fact('energy-j');
    await panel.post({ type: 'live', update: live({ number: 99 }, 120_000, 130_000) });
    assert.equal(await panel.fact('energy-j'), before);
  });

  test('the end of the run is told by the list and by the run', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.post({ type: 'run', run: { ...run({ state: 'ended' }), exitCode: 1 } });
    assert.equal(await panel.page.locator('.run-state').textContent(), 'ended, exit 102:00');
    assert.match((await panel.page.locator('[data-figure="power"]').textContent()) ?? '', /^Mean power/);
    assert.ok(Number(await panel.fact('points')) > 300, 'its curve stays');
    await panel.shot('ended-failed');
  });

  test('a gap breaks the curve and is hatched', async () => {
    const panel = await browser.open();
    const samples = block({}, 0, 120_000);
    const kept = samples.timesMs.map((time) => time < 40_000 || time > 62_000);
    const message = hydrate();
    await panel.post({
      ...message,
      run: {
        ...run(),
        gaps: [{ fromMs: 40_000, toMs: 62_000, reason: 'samplerDown' }],
        totals: { ...run().totals, coverage: 0.82 },
        notices: [
          {
            id: 'sourceLost',
            message: 'The power sampler was gone for 22 s.',
            remedy: 'Energy of that time is not counted.',
          },
        ],
      },
      block: {
        series: samples.series,
        timesMs: samples.timesMs.filter((_, at) => kept[at]),
        values: samples.values.map((row) => row.filter((_, at) => kept[at])),
      },
    });
    const breaks = (await panel.chart()).lines.map(
      (line) => line.points.filter(({ y }) => Number.isNaN(y)).length,
    );
    assert.deepEqual(breaks, [1, 1, 1, 1]);
    assert.match((await panel.page.locator('[data-figure="energy"]').textContent()) ?? '', /82 % measured/);
    await panel.shot('gap');
    await panel.page.getByRole('button', { name: /^Dismiss/ }).click();
    await panel.post();
    assert.equal(await panel.page.locator('.notice').count(), 0);
  });

  test('hidden and shown again: the choice of the user is kept, the model comes from the host', async () => {
    const first = await browser.open();
    await first.post(hydrate());
    await first.page.getByRole('button', { name: /^#1/ }).click();
    await first.page.getByRole('button', { name: '1 min', exact: true }).click();
    await first.page.getByRole('tab', { name: 'Table' }).click();
    await first.post();
    const saved: unknown = await first.page.evaluate(() => window.fakes.saved);
    const second = await browser.open({ saved });
    await second.post(hydrate());
    assert.equal(await second.page.getByRole('tab', { name: 'Table' }).getAttribute('aria-selected'), 'true');
    await second.page.getByRole('tab', { name: 'Chart' }).click();
    await second.post();
    assert.equal(
      await second.page.getByRole('button', { name: '1 min', exact: true }).getAttribute('aria-pressed'),
      'true',
    );
    assert.equal(await second.page.getByRole('button', { name: /^#1/ }).getAttribute('aria-pressed'), 'true');
    await second.shot('restored');
  });

  test('choosing a past run asks the host; run and series then fill the page', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.getByLabel('Run', { exact: true }).selectOption('run-13');
    assert.deepEqual((await panel.sent()).at(-1), { type: 'selectRun', runId: 'run-13' });
    const past = run({ number: 13, state: 'ended', durationMs: 60_000 });
    await panel.post({ type: 'run', run: past });
    assert.equal(await panel.fact('points'), '0');
    await panel.post({ type: 'series', runId: 'run-13', block: block({}, 0, 60_000) });
    assert.equal(await panel.fact('run-id'), 'run-13');
    assert.ok(Number(await panel.fact('points')) > 300);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('under reduced motion nothing moves but by what is measured', async () => {
    const panel = await browser.open({ reducedMotion: true });
    await panel.post(hydrate());
    await panel.post({ type: 'live', update: live({}, 120_000, 125_000) });
    const picture = (): Promise<string> =>
      panel.page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        return canvas === null ? '' : canvas.toDataURL();
      });
    const drawn = await picture();
    assert.ok(drawn.length > 1_000, 'a curve is drawn');
    // Half of the second that a chart of this library moves for where nobody says otherwise.
    await panel.page.waitForTimeout(500);
    assert.equal(await picture(), drawn);
    const moving = await panel.page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        const still = animationName === 'none' && /^0s(, 0s)*$/.test(transitionDuration);
        return still ? [] : [`${element.tagName}.${element.className}`];
      }),
    );
    assert.deepEqual(moving, []);
    assert.equal(await panel.page.evaluate(() => document.getAnimations().length), 0);
  });

  test('the lines of four GPUs differ by their dashes, not by colour alone', async () => {
    const panel = await browser.open();
    await panel.page.evaluate(() => {
      const strokes: string[] = [];
      Object.assign(window, { strokes });
      const { stroke } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.stroke = function (
        this: CanvasRenderingContext2D,
        ...path: Parameters<typeof stroke> | []
      ) {
        // Only curves are so wide.
        if (this.lineWidth === 1.5) strokes.push(`${this.strokeStyle} ${this.getLineDash().join(' ')}`);
        Reflect.apply(stroke, this, path);
      };
    });
    await panel.post(hydrate({ gpus: 4 }));
    const strokes = await panel.page.evaluate(() => Reflect.get(window, 'strokes') as string[]);
    const curves = new Set(strokes);
    assert.equal(curves.size, 4, [...curves].join(', '));
    const dashes = new Set([...curves].map((curve) => curve.replace(/^\S+ /, '')));
    assert.equal(dashes.size, 4, [...curves].join(', '));
  });
});
