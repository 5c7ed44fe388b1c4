import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../../tools/until.ts';
import { panelBrowser } from './panelPage.ts';
import { panelStates } from './panelStates.ts';
import { comparison, durable, emptyHydrate, hydrate, missingSources } from './recordings.ts';

describe('states', () => {
  const browser = panelBrowser();

  test('nothing is said before the host has answered', async () => {
    const panel = await browser.open();
    assert.equal(await panel.page.locator('.empty').textContent(), '');
  });

  const empties = [
    ['noRuns', 'No run yet', 'Run with Energy Profile', 'runWithProfile'],
    ['noGpu', 'No GPU with a power reading found', 'Open settings', 'openSettings'],
    ['samplerFailed', 'The power sampler does not answer', 'Restart the sampler', 'restartSampler'],
    ['untrusted', 'This workspace is not trusted', 'Manage workspace trust', 'manageTrust'],
  ] as const;
  for (const [reason, title, action, command] of empties) {
    test(`${reason} has its own text and one thing to do`, async () => {
      const panel = await browser.open();
      await panel.post(emptyHydrate({ empty: { reason, detail: 'The reason, told by the host.' } }));
      assert.ok(await panel.page.getByRole('heading', { name: title }).isVisible());
      assert.ok(await panel.page.getByText('The reason, told by the host.').isVisible());
      await panel.page.getByRole('button', { name: action }).click();
      assert.deepEqual((await panel.sent()).at(-1), { type: 'command', command });
      assert.ok(await panel.page.locator('.body').isHidden());
    });
  }

  test('no GPU: what was looked for and its remedy, said once', async () => {
    const panel = await browser.open();
    const detail = missingSources.map((source) => source.detail).join(' ');
    await panel.post(emptyHydrate({ empty: { reason: 'noGpu', detail } }));
    const text = (await panel.page.locator('.empty').textContent()) ?? '';
    assert.equal(text.split('No nvidia-smi on the path').length, 2);
    assert.match(text, /Install the NVIDIA driver/);
  });

  test('a GPU whose power may not be read is no missing GPU', async () => {
    const panel = await browser.open();
    const [first, ...others] = missingSources;
    assert.ok(first !== undefined);
    const refused = { ...first, state: 'failed', reason: 'noPermission' } as const;
    await panel.post(emptyHydrate({ empty: { reason: 'noGpu', detail: '' }, sources: [refused, ...others] }));
    assert.ok(await panel.page.getByRole('heading', { name: 'may not be read' }).isVisible());
    assert.ok(await panel.page.getByText('failed: no permission to read it').isVisible());
  });

  test('a run takes the place of the empty state', async () => {
    const panel = await browser.open();
    await panel.post(emptyHydrate({ empty: { reason: 'starting', detail: '' } }));
    await panel.post(hydrate());
    assert.ok(await panel.page.locator('.empty').isHidden());
    assert.equal(await panel.fact('empty'), null);
  });

  test('simulated stands in the header, at each figure, over the waste, in table and comparison', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ simulated: true }));
    assert.ok(await panel.page.getByText('Simulated GPU', { exact: true }).isVisible());
    for (const tag of await panel.page.locator('.figure .tag').allTextContents())
      assert.match(tag, /^simulated · /);
    assert.ok(await panel.page.locator('.waste-head .tag').isVisible());
    await panel.page.getByRole('tab', { name: 'Table' }).click();
    await panel.post();
    assert.match((await panel.page.locator('table.twin caption').textContent()) ?? '', /^Simulated GPU\. /);
    await panel.shot('table-simulated');
    await panel.page.getByRole('tab', { name: 'Compare' }).click();
    const pair = comparison();
    await panel.post({
      type: 'comparison',
      comparison: {
        ...pair,
        baseline: { ...pair.baseline, simulated: true },
        run: { ...pair.run, simulated: true },
      },
    });
    assert.ok(await panel.page.locator('.verdict .tag').isVisible());
    assert.match((await panel.page.locator('.sides thead').textContent()) ?? '', /simulated.*simulated/);
    const real = await browser.open();
    await real.post(hydrate());
    assert.ok(await real.page.getByText('Simulated GPU', { exact: true }).isHidden());
  });

  test('no reading is not zero, and says why', async () => {
    const panel = await browser.open();
    await panel.post(panelStates['no-permission']);
    const figures = (await panel.page.locator('.figures').textContent()) ?? '';
    assert.match(figures, /no permission to read it/);
    assert.doesNotMatch(figures, /\b0(\.0)? (W|J|Wh|%)/);
    assert.ok(await panel.page.getByText('may not be read.', { exact: false }).first().isVisible());
    assert.ok(await panel.page.getByText('Waiting for the first reading').isHidden());
    assert.doesNotMatch(figures, /instant/, 'how good a reading would be says nothing');
    await panel.shot('no-permission');
  });

  test('a store in memory is told, once', async () => {
    const panel = await browser.open();
    await panel.post(
      hydrate({}, { store: { ...durable, kind: 'memory', reason: 'The home folder is read-only.' } }),
    );
    assert.equal(await panel.page.locator('.notice').count(), 1);
    await panel.post(
      { type: 'notice', message: 'The file moved.' },
      { type: 'notice', message: 'The file moved.' },
    );
    assert.equal(await panel.page.locator('.notice').count(), 2);
    await panel.shot('notices');
  });

  const verdicts = [
    ['better', {}, '31 % less energy per step'],
    ['worse', { verdict: 'worse', change: 0.12, interval: [0.09, 0.15] }, '12 % more energy per step'],
    [
      'not-distinguishable',
      { verdict: 'notDistinguishable', change: -0.01, interval: [-0.04, 0.03] },
      'Not distinguishable',
    ],
    [
      'not-comparable',
      {
        verdict: 'notComparable',
        change: null,
        interval: null,
        caveats: ['The baseline has no steps: no progress line was seen.', 'The runs used different GPUs.'],
      },
      'Not comparable',
    ],
  ] as const;
  for (const [name, changes, headline] of verdicts) {
    test(`compare: ${name}`, async () => {
      const panel = await browser.open();
      await panel.post(hydrate({ state: 'ended' }));
      await panel.page.getByRole('tab', { name: 'Compare' }).click();
      await panel.post({ type: 'comparison', comparison: comparison(changes) });
      assert.ok(await panel.page.getByRole('heading', { name: headline }).isVisible());
      assert.equal(await panel.fact('verdict'), comparison(changes).verdict);
      const curves = panel.page.getByRole('img', { name: /along both runs, up to .* over 1950 steps/ });
      assert.ok(await curves.isVisible());
      assert.ok(await panel.page.getByText('run 13 dashed, run 14 drawn through').isVisible());
      await panel.shot(`compare-${name}`);
      assert.deepEqual(await panel.troubles(), []);
    });
  }

  test('a comparison that fails says why and can be asked for again', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ state: 'ended' }));
    await panel.page.getByRole('tab', { name: 'Compare' }).click();
    const asked = await until('the question', async () =>
      (await panel.sent()).find((message) => message.type === 'compare'),
    );
    const { baselineRunId, runId } = asked;
    await panel.post({
      type: 'comparisonFailed',
      baselineRunId,
      runId,
      message: 'The connection to the power sampler is closed.',
    });
    const waiting = panel.page.locator('.compare-waiting');
    await waiting.getByText('The runs were not compared: The connection').waitFor();
    await panel.shot('compare-failed');
    await panel.page.getByRole('button', { name: 'Try Again' }).click();
    await until('a second question, and no more', async () => {
      const questions = (await panel.sent()).filter(({ type }) => type === 'compare');
      return questions.length === 2;
    });
    await until('the waiting text', async () => (await waiting.innerText()) === 'Comparing…');
    assert.deepEqual(await panel.troubles(), []);
  });

  test('a comparison asked for elsewhere comes into view', async () => {
    const panel = await browser.open();
    await panel.post(hydrate(), { type: 'comparison', comparison: comparison() });
    assert.equal(
      await panel.page.getByRole('tab', { name: 'Compare' }).getAttribute('aria-selected'),
      'true',
    );
    assert.ok(await panel.page.getByRole('heading', { name: '31 % less energy per step' }).isVisible());
    assert.equal((await panel.sent()).length, 1, 'and is not asked for again');
  });

  test('the table has the values of the chart', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    const line = (await panel.chart()).lines.find(
      ({ chart, deviceUuid }) => chart.id === 'power' && deviceUuid === 'GPU-1',
    );
    await panel.page.getByRole('tab', { name: 'Table' }).click();
    await panel.post();
    const heads = await panel.page.locator('.twin thead th').allTextContents();
    const columns = ['Power', 'Utilisation'];
    assert.deepEqual(heads, ['Time', ...[0, 1].flatMap((gpu) => columns.map((name) => `#${gpu} ${name}`))]);
    const cells = await panel.page.locator('.twin tbody tr td:nth-of-type(3)').allTextContents();
    assert.deepEqual(
      cells.toReversed(),
      line?.points.map(({ y }) => `${y.toFixed(0)} W`),
    );
  });
});
