import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate, live, waste } from './recordings.ts';

const order = (panel: PanelPage): Promise<string[]> =>
  panel.page
    .locator('.waste-item')
    .evaluateAll((items) => items.map((item) => item.getAttribute('data-waste') ?? ''));
const energies = (panel: PanelPage): Promise<string[]> =>
  panel.page.locator('.waste-energy').allTextContents();

/** The next update turns the order round: host sync overtakes the input wait. */
const overtaken = (fromMs: number): ReturnType<typeof live> => ({
  ...live({}, fromMs, fromMs + 250),
  waste: waste(91_200, 0.4, 0.2),
});

describe('the waste list', () => {
  const browser = panelBrowser();

  test('stays as it is under the pointer, with its numbers going on; it sorts when the pointer leaves', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    assert.deepEqual(await order(panel), ['inputWait', 'hostSync']);
    const before = await energies(panel);
    await panel.page.locator('.waste-item').first().hover();
    await panel.post({ type: 'live', update: overtaken(120_000) });
    assert.deepEqual(await order(panel), ['inputWait', 'hostSync']);
    assert.notDeepEqual(await energies(panel), before);
    await panel.shot('waste-lit');
    await panel.page.mouse.move(5, 5);
    await panel.post();
    assert.deepEqual(await order(panel), ['hostSync', 'inputWait']);
  });

  test('stays while a button in it has the focus, and keeps that focus', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.getByRole('button', { name: 'Fix loader.py:27' }).focus();
    for (let at = 0; at < 4; at += 1) {
      await panel.post({ type: 'live', update: overtaken(120_000 + at * 250) });
    }
    assert.deepEqual(await order(panel), ['inputWait', 'hostSync']);
    await panel.page.keyboard.press('Enter');
    assert.deepEqual((await panel.sent()).at(-1), {
      type: 'fixPlace',
      path: '/home/me/project/loader.py',
      line: 27,
      rule: 'loader-no-workers',
    });
    await panel.page.getByRole('tab', { name: 'Chart' }).focus();
    await panel.post();
    assert.deepEqual(await order(panel), ['hostSync', 'inputWait']);
  });

  test('its buttons ask for the place, for the reason and for the page of the kind', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.getByRole('button', { name: 'Open train.py:88' }).click();
    await panel.page.getByRole('button', { name: 'Why train.py:88' }).click();
    await panel.page.getByRole('button', { name: 'Host sync in the step' }).click();
    assert.deepEqual((await panel.sent()).slice(-3), [
      { type: 'openPlace', path: '/home/me/project/train.py', line: 88 },
      { type: 'explainRule', rule: 'sync-scalar-in-step' },
      { type: 'explainWaste', kind: 'hostSync' },
    ]);
  });

  test('says so when there is nothing, and shows what has no place', async () => {
    const panel = await browser.open();
    const message = hydrate();
    assert.ok(message.run !== null);
    await panel.post({ ...message, run: { ...message.run, waste: [] } });
    assert.match((await panel.page.locator('.waste-nothing').textContent()) ?? '', /^Nothing yet/);
    await panel.shot('waste-nothing');
    const [input] = waste(91_200);
    assert.ok(input !== undefined);
    await panel.post({ type: 'run', run: { ...message.run, waste: [{ ...input, places: [] }] } });
    assert.match((await panel.page.locator('.evidence').textContent()) ?? '', /^likely: The main thread/);
  });

  test('a modelled saving stands beside what was measured and in no sum', async () => {
    const panel = await browser.open();
    const message = hydrate();
    assert.ok(message.run !== null);
    const [input] = waste(91_200);
    assert.ok(input !== undefined);
    const total = (): Promise<string | null> => panel.page.locator('.waste-total').textContent();
    await panel.post({ type: 'run', run: { ...message.run, waste: [input] } });
    const before = await total();
    assert.ok(await panel.page.locator('.what-if').isHidden());
    const whatIf = { energyJ: [12_000, 21_000], assumes: 'batches are ready when the GPU asks' } as const;
    const memoryHeadroom = { usedBytes: 12 * 2 ** 30, totalBytes: 80 * 2 ** 30 };
    await panel.post({ type: 'run', run: { ...message.run, waste: [{ ...input, whatIf }], memoryHeadroom } });
    const saving = panel.page.locator('.what-if');
    assert.equal(
      await saving.textContent(),
      'Modelled: 12.0 kJ to 21.0 kJ less, if batches are ready when the GPU asks.',
    );
    assert.equal(await total(), before);
    const rest = await panel.page.locator('.waste-rest').allTextContents();
    assert.match(rest[0] ?? '', /^Everything else: .* · \d+ %$/);
    assert.match(rest[1] ?? '', /^GPU memory: 12.0 GiB of 80.0 GiB used at most/);
  });
});
