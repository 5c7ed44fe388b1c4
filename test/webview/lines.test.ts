/** The Lines tab: joules by line and function, their order, the way to the line, and a run that had no probe. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, lineReport, type RecordingOptions, run } from './recordings.ts';
import { themeNames } from './themes.ts';

async function openLines(panel: PanelPage, recording: RecordingOptions = { probe: true }): Promise<void> {
  await panel.post(hydrate(recording));
  await panel.page.getByRole('tab', { name: 'Lines' }).click();
  await panel.post();
}

const places = (panel: PanelPage): Promise<string[]> =>
  panel.page.locator('.lines-table tbody .link').allTextContents();
const sort = async (panel: PanelPage, name: string): Promise<void> => {
  await panel.page.getByRole('columnheader', { name }).getByRole('button').click();
  await panel.post();
};
const openedAt = (path: string, line: number) => ({ type: 'openPlace', path, line });

describe('joules by line', () => {
  const browser = panelBrowser();

  test('sorts by each column, and lists functions', async () => {
    const panel = await browser.open();
    await openLines(panel, { probe: true, state: 'ended' });
    const byEnergy = ['train.py:88', 'loader.py:27', 'train.py:91', 'attention.py:142', 'train.py:12'];
    assert.deepEqual((await places(panel)).slice(0, 5), byEnergy);
    const cells = await panel.page.locator('.lines-table tbody tr').nth(1).locator('td').allTextContents();
    assert.deepEqual(cells, ['next_batch', '21.2 kJ', '24 %', '1.49 kJ', '19.7 kJ']);
    await sort(panel, 'Idle');
    assert.deepEqual((await places(panel)).slice(0, 2), ['loader.py:27', 'train.py:12']);
    assert.equal(
      await panel.page.getByRole('columnheader', { name: 'Idle' }).getAttribute('aria-sort'),
      'descending',
    );
    await sort(panel, 'Idle');
    assert.equal((await places(panel))[0], 'metrics.py:5', 'what is not known is least');
    await panel.page.getByRole('button', { name: 'By function' }).click();
    await sort(panel, 'Energy');
    assert.deepEqual((await places(panel)).slice(0, 2), ['train_one_epoch', 'next_batch']);
    assert.match(
      (await panel.page.locator('.lines-divided').textContent()) ?? '',
      /^88\.5 kJ of 91\.2 kJ · 2,400 samples/,
    );
    assert.match(
      (await panel.page.locator('.lines-phases').textContent()) ?? '',
      /backward 40\.7 kJ \(46 %\)/,
    );
    assert.deepEqual(await panel.troubles(), []);
  });

  test('where the energy is not known it says why, and no line or kind of work has 0 J', async () => {
    const panel = await browser.open();
    const shown = run({ probe: true, state: 'ended' });
    const known = lineReport(0);
    const none = { energyJ: null, idleJ: null };
    const lines = {
      ...known,
      sampledJ: null,
      lines: known.lines.map((line) => ({ ...line, ...none })),
      functions: known.functions.map((line) => ({ ...line, ...none })),
      phases: known.phases.map((phase) => ({ ...phase, energyJ: null })),
    };
    const totals = { ...shown.totals, energyJ: null, missing: 'noPermission' as const, provenance: null };
    await panel.post(hydrate({ probe: true, state: 'ended' }, { run: { ...shown, lines, totals } }));
    await panel.page.getByRole('tab', { name: 'Lines' }).click();
    await panel.post();
    const told = (await panel.page.locator('.lines-told').textContent()) ?? '';
    assert.match(told, /Energy not available: no permission to read it · 2,400 samples/);
    assert.match(told, /backward – \(–\)/);
    assert.doesNotMatch(told, /\b0 J|\d %/);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('a click and Enter open the line; arrow keys walk through one tab stop', async () => {
    const panel = await browser.open();
    await openLines(panel);
    await panel.page.getByRole('button', { name: 'Open train.py:88, train_one_epoch' }).click();
    assert.deepEqual((await panel.sent()).at(-1), openedAt('/home/me/project/train.py', 88));
    await panel.page.keyboard.press('ArrowDown');
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await panel.sent()).at(-1), openedAt('/home/me/project/data/loader.py', 27));
    await panel.page.locator('.lines-table tbody tr').nth(3).locator('.lines-energy').click();
    assert.deepEqual((await panel.sent()).at(-1), openedAt('/home/me/project/models/attention.py', 142));
    assert.equal(await panel.page.locator('.lines-table tbody .link[tabindex="0"]').count(), 1);
    await panel.page.getByRole('button', { name: 'By function' }).click();
    await panel.post();
    await panel.page.getByRole('button', { name: 'Open train.py:88, train_one_epoch' }).click();
    assert.deepEqual((await panel.sent()).at(-1), openedAt('/home/me/project/train.py', 88));
  });

  test('rows stay where they are under the pointer while their joules grow', async () => {
    const panel = await browser.open();
    await openLines(panel);
    const before = await places(panel);
    await panel.page.locator('.lines-table tbody tr').first().hover();
    const report = lineReport(99_000);
    const [first, second, ...rest] = report.lines;
    assert.ok(first !== undefined && second !== undefined);
    const overtaken = { ...report, lines: [{ ...second, energyJ: 70_000 }, first, ...rest] };
    await panel.post({ type: 'run', run: { ...run({ probe: true }), lines: overtaken } });
    assert.deepEqual(await places(panel), before);
    assert.equal(
      await panel.page.locator('.lines-table tbody tr').nth(1).locator('.lines-energy').textContent(),
      '70.0 kJ',
    );
    await panel.page.mouse.move(2, 2);
    await panel.post({ type: 'run', run: { ...run({ probe: true }), lines: overtaken } });
    assert.deepEqual((await places(panel)).slice(0, 2), ['loader.py:27', 'train.py:88']);
  });

  test('without the probe it says what is known instead, and how to turn it on', async () => {
    const panel = await browser.open();
    await openLines(panel, {});
    assert.match(
      (await panel.page.locator('.lines-without').textContent()) ?? '',
      /some seconds after its start/,
    );
    await panel.post({ type: 'run', run: run({ state: 'ended' }) });
    const text = (await panel.page.locator('.lines-without').textContent()) ?? '';
    assert.match(text, /by time and by static findings only/);
    assert.match(text, /perjoule run --probe -- python train\.py/);
    assert.ok(await panel.page.locator('.waste').isVisible(), 'what is known stands beside');
    await panel.shot('lines-no-probe');
    await panel.page.getByRole('button', { name: 'Turn on the probe…' }).click();
    assert.deepEqual((await panel.sent()).at(-1), { type: 'command', command: 'openProbeSetting' });
    assert.deepEqual(await overflows(panel.page), []);
  });

  test('the host brings the tab into view', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ probe: true }), { type: 'tab', tab: 'lines' });
    assert.ok(await panel.page.locator('.lines-table').isVisible());
  });

  test('names of any kind stay text, and lines beyond what is kept lie nowhere', async () => {
    const panel = await browser.open({ width: 360, height: 700 });
    const report = lineReport(91_200);
    const [line] = report.lines;
    assert.ok(line !== undefined);
    const odd = `<b>x</b>${'W'.repeat(400)}`;
    const lines = [
      { ...line, path: `/home/${odd}.py`, name: odd },
      { ...line, path: '', line: 0, name: 'other lines' },
    ];
    const shown = {
      ...run({ probe: true }),
      lines: { ...report, lines, phases: [{ phase: odd, samples: 1, energyJ: 1 }] },
    };
    await panel.post(hydrate({ probe: true }, { run: shown }), { type: 'tab', tab: 'lines' });
    assert.deepEqual(await overflows(panel.page), []);
    assert.equal(await panel.page.locator('#perjoule-panel b').count(), 0);
    assert.ok(await panel.page.getByRole('button', { name: 'other lines' }).isDisabled());
    assert.deepEqual(await panel.troubles(), []);
  });

  for (const theme of themeNames) {
    test(`axe finds nothing, ${theme}`, async () => {
      const simulated = theme === 'light' || theme === 'hcDark';
      const panel = await browser.open({ theme });
      await openLines(panel, { probe: true, simulated, state: 'ended' });
      await panel.shot(`lines-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(
        (await new AxeBuilder({ page: panel.page }).analyze()).violations.map(({ id, nodes }) => [
          id,
          nodes.length,
        ]),
        [],
      );
      assert.equal(await panel.page.locator('.lines-head [data-simulated]').isVisible(), simulated);
    });
  }

  test('narrow', async () => {
    const panel = await browser.open({ width: 360, height: 700 });
    await openLines(panel, { probe: true, simulated: true });
    await panel.shot('lines-narrow');
    assert.deepEqual(await overflows(panel.page), []);
    assert.deepEqual(await panel.troubles(), []);
  });
});
