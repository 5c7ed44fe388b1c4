import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { comparison, durable, emptyHydrate, hydrate } from './recordings.ts';
import { themeNames } from './themes.ts';

async function violations(panel: PanelPage): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page: panel.page }).analyze();
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

describe('axe finds nothing', () => {
  const browser = panelBrowser();
  for (const theme of themeNames) {
    test(theme, async () => {
      const panel = await browser.open({ theme });
      await panel.post(
        hydrate(
          { simulated: true, gpus: 3 },
          { store: { ...durable, kind: 'readOnly', reason: 'The disk is full.' } },
        ),
      );
      await panel.page.getByRole('button', { name: /^#1/ }).click();
      await panel.page.locator('.waste-item').first().hover();
      assert.deepEqual(await violations(panel), []);
      await panel.page.getByRole('tab', { name: 'Table' }).click();
      await panel.post();
      assert.deepEqual(await violations(panel), []);
      await panel.page.getByRole('tab', { name: 'Compare' }).click();
      await panel.post({
        type: 'comparison',
        comparison: comparison({ caveats: ['The runs differ in batch size.'] }),
      });
      assert.deepEqual(await violations(panel), []);
      await panel.post(emptyHydrate({ empty: { reason: 'noGpu', detail: 'None.' } }));
      assert.deepEqual(await violations(panel), []);
    });
  }

  test('a theme that changes while a run is live is taken over by the canvas', async () => {
    const panel = await browser.open();
    await panel.post(hydrate({ gpus: 1 }));
    const strongest = (): Promise<string> =>
      panel.page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        const context = canvas?.getContext('2d');
        if (canvas === null || context === null || context === undefined) return '';
        const { data } = context.getImageData(60, 20, canvas.width - 80, canvas.height - 50);
        const counts = new Map<string, number>();
        for (let at = 0; at < data.length; at += 4) {
          if (data[at + 3] !== 255) continue;
          const colour = `${data[at]},${data[at + 1]},${data[at + 2]}`;
          counts.set(colour, (counts.get(colour) ?? 0) + 1);
        }
        return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
      });
    assert.equal(await strongest(), '89,164,249', '#59a4f9, blue of the dark theme');
    await panel.theme('light');
    assert.equal(await strongest(), '0,99,211', '#0063d3, blue of the light theme');
    await panel.shot('theme-changed');
  });
});
