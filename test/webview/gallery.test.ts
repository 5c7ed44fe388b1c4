/** Pictures of every state, to be looked at. What can be asserted is asserted: nothing overflows, nothing is blocked. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overflows } from './layout.ts';
import { type PanelOptions, panelBrowser } from './panelPage.ts';
import { comparison, emptyHydrate, hydrate, type RecordingOptions } from './recordings.ts';
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
    '16-gpus': [{ gpus: 16 }, {}],
    low: [{}, { height: 200 }],
    high: [{}, { height: 400 }],
    wide: [{}, { width: 1900, height: 300 }],
    'half-wide': [{}, { width: 760, height: 300 }],
    narrow: [{ simulated: true }, { width: 360, height: 700 }],
    'narrow-16': [{ gpus: 16 }, { width: 360, height: 800 }],
    'first-seconds': [{ durationMs: 1500 }, {}],
    'a-day': [{ durationMs: 86_400_000 }, {}],
  };
  for (const [name, [recording, options]] of Object.entries(sizes)) {
    test(name, async () => {
      const panel = await browser.open(options);
      await panel.post(hydrate(recording));
      if (name === '16-gpus') await panel.page.getByRole('button', { name: '#3', exact: true }).click();
      await panel.shot(name);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });
  }

  const empties = [
    ['noRuns', ''],
    ['noGpu', 'No program here can read the power of a GPU.'],
    ['samplerFailed', 'It ended at once: node 18.2 is too old, 22.13 is needed.'],
    ['untrusted', ''],
    ['starting', ''],
  ] as const;
  for (const [reason, detail] of empties) {
    test(`empty: ${reason}`, async () => {
      const panel = await browser.open();
      await panel.post(emptyHydrate({ empty: { reason, detail } }));
      await panel.shot(`empty-${reason}`);
      assert.equal(await panel.fact('empty'), reason);
      assert.deepEqual(await overflows(panel.page), []);
      assert.deepEqual(await panel.troubles(), []);
    });
  }
});
