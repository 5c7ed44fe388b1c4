/** Text from outside stays text, and no name however long breaks the layout. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overflows } from './layout.ts';
import { panelBrowser } from './panelPage.ts';
import { comparison, emptyHydrate, hydrate, missingSources, run, waste } from './recordings.ts';

const markup =
  '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script><b>bold</b>';
const long = `${'a-very-long-name-'.repeat(30)}.py`;
const unbroken = 'W'.repeat(500);

describe('hostile text', () => {
  const browser = panelBrowser();

  for (const [kind, text] of [
    ['markup', markup],
    ['long', long],
    ['unbroken', unbroken],
  ] as const) {
    for (const width of [1200, 360]) {
      test(`${kind} everywhere, ${width} px wide`, async () => {
        const panel = await browser.open({ width, height: width === 360 ? 700 : 260 });
        const shown = run({ deviceName: text });
        const items = waste(91_200).map((item) => ({
          ...item,
          evidence: text,
          places: item.places.map((place) => ({
            ...place,
            path: `/home/${text}`,
            message: text,
            rule: text,
            fixTitle: text,
          })),
        }));
        const hostile = {
          ...shown,
          name: text,
          command: text,
          cwd: text,
          waste: items,
          notices: [{ id: text, message: text, remedy: text }],
        };
        await panel.post(
          hydrate(
            { deviceName: text },
            { run: hostile, runs: [hostile, { ...hostile, runId: 'run-13', number: 13 }] },
          ),
        );
        await panel.post({ type: 'notice', message: text });
        await panel.shot(`hostile-${kind}-${width}`);
        assert.deepEqual(await overflows(panel.page), []);
        const pair = comparison();
        await panel.post({
          type: 'comparison',
          comparison: {
            ...pair,
            baseline: { ...pair.baseline, name: text },
            run: { ...pair.run, name: text },
            caveats: [text],
          },
        });
        await panel.shot(`hostile-${kind}-${width}-compare`);
        assert.deepEqual(await overflows(panel.page), []);
        await panel.post(
          emptyHydrate({
            empty: { reason: 'noGpu', detail: text },
            sources: missingSources.map((source) => ({ ...source, label: text, detail: text, remedy: text })),
          }),
        );
        assert.deepEqual(await overflows(panel.page), []);
        const elements = await panel.page.evaluate(
          () =>
            document.querySelectorAll('#perjoule-panel img, #perjoule-panel script, #perjoule-panel b')
              .length,
        );
        assert.equal(elements, 0);
        assert.equal(await panel.page.title(), 'Energy Profile');
        assert.deepEqual(await panel.troubles(), []);
      });
    }
  }

  test('messages that this page does not know, and odd numbers, break nothing', async () => {
    const panel = await browser.open();
    await panel.post(hydrate());
    await panel.page.evaluate(() => {
      window.postMessage({ type: 'fromTheFuture', value: 1 }, '*');
      window.postMessage('a string', '*');
      window.postMessage(null, '*');
    });
    const odd = run();
    await panel.post({
      type: 'run',
      run: {
        ...odd,
        durationMs: Number.NaN,
        totals: { ...odd.totals, energyJ: 0, idleJ: 0, meanPowerW: Number.POSITIVE_INFINITY },
        waste: waste(0, Number.NaN, 3),
      },
    });
    assert.match((await panel.page.locator('[data-figure="energy"]').textContent()) ?? '', /0 J/);
    assert.deepEqual(await panel.troubles(), []);
  });
});
