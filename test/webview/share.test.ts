/** What leaves the panel with a run: the menu by key and by pointer, the picture's contents; and what an energy is like. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { PageMessage } from '../../contracts/viewProtocol.ts';
import { until } from '../../tools/until.ts';
import { overflows } from './layout.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { hydrate } from './recordings.ts';
import { themeNames } from './themes.ts';

type Saved = Extract<PageMessage, { type: 'savePicture' }>;

const menu = (panel: PanelPage) => panel.page.getByRole('menu');
const opener = (panel: PanelPage) => panel.page.getByRole('button', { name: 'Share' });
const like = (panel: PanelPage) => panel.page.getByRole('button', { name: 'like …' });
const focused = (panel: PanelPage): Promise<string> =>
  panel.page.evaluate(() => document.activeElement?.textContent ?? '');

const last = <Type extends PageMessage['type']>(panel: PanelPage, type: Type) =>
  until(`a message ${type}`, async () =>
    (await panel.sent()).findLast(
      (message): message is Extract<PageMessage, { type: Type }> => message.type === type,
    ),
  );

/** Every text that is drawn on a canvas from now on. */
const listen = (panel: PanelPage): Promise<void> =>
  panel.page.evaluate(() => {
    const drawn: string[] = [];
    Object.assign(window, { drawn });
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (...given) {
      drawn.push(given[0]);
      fillText.apply(this, given);
    };
  });

async function picture(
  panel: PanelPage,
  name: string,
): Promise<{ readonly saved: Saved; readonly texts: string }> {
  await listen(panel);
  await opener(panel).click();
  await panel.page.getByRole('menuitem', { name: /PNG/ }).click();
  const saved = await last(panel, 'savePicture');
  const texts = await panel.page.evaluate(() => (window as unknown as { drawn: string[] }).drawn.join('\n'));
  const shots = fileURLToPath(new URL('../../test-results/webview/', import.meta.url));
  writeFileSync(`${shots}${name}.png`, Buffer.from(saved.png, 'base64'));
  return { saved, texts };
}

/** Size of a PNG file, and how many of its colours differ much from that of its corner. */
const look = (panel: PanelPage, png: string): Promise<{ width: number; height: number; colours: number }> =>
  panel.page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const pen = canvas.getContext('2d');
    pen?.drawImage(image, 0, 0);
    const { data } = pen?.getImageData(0, 0, image.width, image.height) ?? { data: [] };
    const colours = new Set<number>();
    for (let at = 0; at < data.length; at += 4)
      colours.add((data[at] ?? 0) * 65_536 + (data[at + 1] ?? 0) * 256 + (data[at + 2] ?? 0));
    return { width: image.width, height: image.height, colours: colours.size };
  }, png);

describe('sharing a run', () => {
  const browser = panelBrowser();

  test('the menu opens and closes by key, and its entries ask the host', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ state: 'ended' }));
    assert.ok(await menu(panel).isHidden());
    await opener(panel).focus();
    await panel.page.keyboard.press('Enter');
    await menu(panel).waitFor({ state: 'visible' });
    await until('the first entry', async () => /^Picture/.test(await focused(panel)));
    await panel.page.keyboard.press('ArrowUp');
    await until('the last entry', async () => /Markdown$/.test(await focused(panel)));
    await panel.page.keyboard.press('Escape');
    await menu(panel).waitFor({ state: 'hidden' });
    await until('the button', async () => (await focused(panel)) === 'Share');
    assert.deepEqual(
      (await panel.sent()).filter(({ type }) => /export|copy|save/i.test(type)),
      [],
    );

    const choose = async (downs: number): Promise<void> => {
      await panel.page.keyboard.press('ArrowDown');
      await menu(panel).waitFor({ state: 'visible' });
      for (let press = 0; press < downs; press += 1) await panel.page.keyboard.press('ArrowDown');
      await panel.page.keyboard.press('Enter');
      await menu(panel).waitFor({ state: 'hidden' });
    };
    await choose(1);
    assert.deepEqual(await last(panel, 'exportRun'), { type: 'exportRun', runId: 'run-14', format: 'csv' });
    await choose(2);
    await until('the other form', async () => {
      const asked = (await panel.sent()).filter(({ type }) => type === 'exportRun');
      return asked.length === 2 && asked[1]?.type === 'exportRun' && asked[1].format === 'json'
        ? true
        : undefined;
    });
    await choose(3);
    assert.deepEqual(await last(panel, 'copyReport'), { type: 'copyReport', runId: 'run-14' });
    assert.equal(await focused(panel), 'Share');
    // Tab goes on, and leaves nothing open behind it.
    await panel.page.keyboard.press('ArrowDown');
    await menu(panel).waitFor({ state: 'visible' });
    await panel.page.keyboard.press('Tab');
    await menu(panel).waitFor({ state: 'hidden' });
    assert.equal(await focused(panel), 'like …');
    // The button closes what it has opened.
    for (const state of ['visible', 'hidden'] as const) {
      await opener(panel).click();
      await menu(panel).waitFor({ state });
    }
    assert.deepEqual(await panel.troubles(), []);
  });

  test('the picture carries its title, units and what its figures are worth', async () => {
    const panel = await browser.open({ width: 700, height: 240 });
    await panel.post(hydrate({ state: 'ended' }));
    // From whichever tab: the picture is not a copy of what happens to be shown.
    await panel.page.getByRole('tab', { name: 'Table' }).click();
    const { saved, texts } = await picture(panel, 'shared');
    assert.equal(saved.runId, 'run-14');
    for (const part of [
      /run 14/,
      /Energy\n/,
      /J\/step/,
      / W\n/,
      /%/,
      /counter, band 5 %/,
      /GPU #0/,
      /GPU #1/,
      /readings: nvidia-smi, instant, band 5 %/,
      /Power\n/,
    ])
      assert.match(texts, part);
    assert.doesNotMatch(texts, /simulated/i);
    const { width, height, colours } = await look(panel, saved.png);
    assert.deepEqual([width, height], [2400, 1280]);
    assert.ok(colours > 20, `${colours} colours`);
    assert.deepEqual(await panel.troubles(), []);
  });

  test('of a simulated run the picture says so, and many GPUs become a band', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ simulated: true, gpus: 16 }));
    const { texts } = await picture(panel, 'shared-simulated');
    assert.match(texts, /Simulated GPU: no figure of a GPU here comes from hardware/);
    assert.ok((texts.match(/simulated · /g) ?? []).length >= 4, 'beside each figure');
    assert.match(texts, /mean and range of 16 GPUs/);
  });

  test('what the energy is like is told on demand, beside the figure', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ simulated: true, state: 'ended' }));
    const dialog = panel.page.getByRole('dialog', { name: 'What the energy is like' });
    assert.ok(await dialog.isHidden());
    const figure = panel.page.locator('[data-figure="energy"] .figure-value');
    const before = await figure.textContent();
    await like(panel).focus();
    await panel.page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'visible' });
    const text = (await dialog.textContent()) ?? '';
    for (const part of [before ?? '?', 'simulated', 'water from 20 °C to 100 °C', 'NIST SP 811, 2008'])
      assert.ok(text.includes(part), `${part} in ${text}`);
    assert.equal(await figure.textContent(), before);
    const [shown, below] = [await figure.boundingBox(), await dialog.boundingBox()];
    assert.ok(
      shown !== null && below !== null && below.y >= shown.y + shown.height,
      'the figure stays in sight',
    );
    await panel.shot('familiar');
    await panel.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await focused(panel), 'like …');
    assert.deepEqual(await panel.troubles(), []);
  });

  test('open menu and comparison lie within the page and are readable in every theme', async () => {
    const panel = await browser.open({ width: 420, height: 260 });
    await panel.post(hydrate({ state: 'ended' }));
    for (const theme of themeNames) {
      await panel.theme(theme);
      for (const [button, what] of [
        [opener(panel), '#share-menu'],
        [like(panel), '#familiar'],
      ] as const) {
        await button.click();
        await panel.page.locator(what).waitFor({ state: 'visible' });
        const box = await panel.page.locator(what).boundingBox();
        assert.ok(box !== null && box.x >= 0 && box.y >= 0, `${what}, ${theme}`);
        assert.ok(
          box.x + box.width <= 420 && box.y + box.height <= 260,
          `${what}, ${theme}: ${JSON.stringify(box)}`,
        );
        const { violations } = await new AxeBuilder({ page: panel.page }).include(what).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`),
          [],
          `${what}, ${theme}`,
        );
        await panel.shot(`${what.slice(1)}-${theme}`);
        await panel.page.keyboard.press('Escape');
        await panel.page.locator(what).waitFor({ state: 'hidden' });
      }
    }
    assert.deepEqual(await overflows(panel.page), []);
  });
});
