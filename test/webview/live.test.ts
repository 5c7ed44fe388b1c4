import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { panelBrowser } from './panelPage.ts';
import { hydrate, live } from './recordings.ts';

describe('a live run', () => {
  const browser = panelBrowser();

  test('hydrate shows the numbers, live makes curve and totals grow', async () => {
    const panel = await browser.open();
    assert.deepEqual(await panel.sent(), [{ type: 'ready', protocol: 1 }]);
    await panel.post(hydrate());
    const figures = panel.page.locator('.figures');
    const before = await figures.innerText();
    await panel.shot('live-dark');
    await panel.post({ type: 'live', update: live({}, 120_000, 122_000) });
    const after = await figures.innerText();
    console.log(before, after);
    assert.notEqual(before, after);
    assert.deepEqual(await panel.troubles(), []);
  });
});
