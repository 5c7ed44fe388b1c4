/** Pictures of every state, to be looked at. What can be asserted is asserted: nothing overflows, nothing is blocked. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cutFigures, overflows } from './layout.ts';
import { type PanelOptions, panelBrowser } from './panelPage.ts';
import { panelStates } from './panelStates.ts';
import { comparison, hydrate, type RecordingOptions } from './recordings.ts';
import { themeNames } from './themes.ts';

describe('pictures', () => {
  const browser = panelBrowser();

  for (const theme of themeNames) {
    test(`live in ${theme}`, async () => {
      const panel = await browser.open({ theme });
      await panel.post(hydrate({ simulated: theme === 'light' || theme === 'hcLight' }));
      await panel.shot(`live-${theme}`);
      await panel.page.getByRole('tab', { name: 'Compare' }).click();
      await panel.post({ type: 'comparison', comparison: comparison() });
      await panel.shot(`compare-${theme}`);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });
  }

  const sizes: Readonly<Record<string, [RecordingOptions, PanelOptions]>> = {
    '1-gpu': [{ gpus: 1 }, {}],
    '4-gpus': [{ gpus: 4 }, {}],
    '8-gpus': [{ gpus: 8 }, {}],
    // These two are in the README.
    'simulated-16-gpus-one-chosen': [{ gpus: 16, simulated: true }, { height: 360 }],
    'simulated-light': [
      { gpus: 4, simulated: true },
      { height: 330, theme: 'light2026' },
    ],
    low: [{}, { height: 200 }],
    high: [{}, { height: 400 }],
    wide: [{}, { width: 1900, height: 300 }],
    'half-wide': [{}, { width: 760, height: 300 }],
    narrow: [{ simulated: true }, { width: 360, height: 700 }],
    'a-day': [{ durationMs: 86_400_000 }, {}],
  };
  for (const [name, [recording, options]] of Object.entries(sizes)) {
    test(name, async () => {
      const panel = await browser.open(options);
      await panel.post(hydrate(recording));
      if (name.endsWith('one-chosen'))
        await panel.page.getByRole('button', { name: '#3', exact: true }).click();
      await panel.shot(name);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });
  }

  const alsoNarrow = new Set(['empty-noGpu', 'no-permission', 'simulated', '16-gpus', 'long-names', 'gap']);
  for (const [name, message] of Object.entries(panelStates)) {
    test(name, async () => {
      const panel = await browser.open();
      await panel.post(message);
      await panel.shot(name);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await cutFigures(panel.page), []);
      if (alsoNarrow.has(name)) {
        await panel.page.setViewportSize({ width: 360, height: 700 });
        await panel.shot(`${name}-narrow`);
        assert.deepEqual(await overflows(panel.page), []);
        await panel.page.setViewportSize({ width: 320, height: 700 });
        await panel.shot(`${name}-320`);
        assert.deepEqual(await overflows(panel.page), []);
        assert.deepEqual(await cutFigures(panel.page), []);
      }
      assert.deepEqual(await panel.troubles(), []);
    });
  }
});
