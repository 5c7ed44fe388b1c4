import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { HostMessage } from '../../contracts/viewProtocol.ts';
import { tabs } from '../../media/view.ts';
import { type PanelPage, panelBrowser } from './panelPage.ts';
import { panelStates } from './panelStates.ts';
import { batchedRuns, comparison, hydrate, plannedPower, run } from './recordings.ts';
import { themeNames } from './themes.ts';

/** @param rules all that axe runs by itself where none are named */
async function violations(panel: PanelPage, rules: readonly string[]): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page: panel.page });
  if (rules.length > 0) axe.withRules([...rules]);
  const { violations: found } = await axe.analyze();
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

/** What fills the tabs that wait for an answer of the host. */
const answers: readonly HostMessage[] = [
  { type: 'comparison', comparison: comparison({ caveats: ['The runs differ in batch size.'] }) },
  { type: 'plan', plan: plannedPower(), limits: [] },
  { type: 'batchPlan', runId: run().runId, plan: batchedRuns(), failure: null },
];

const colourRules = ['color-contrast', 'link-in-text-block'];

describe('axe finds nothing', () => {
  const browser = panelBrowser();
  for (const theme of themeNames) {
    // What a theme can change are colours: the other rules look at the page once.
    test(`in each state and tab, ${theme}`, async () => {
      const panel = await browser.open({ theme });
      const found: Record<string, readonly string[]> = {};
      const look = async (what: string): Promise<void> => {
        const seen = await violations(panel, theme === 'dark' ? [] : colourRules);
        if (seen.length > 0) found[what] = seen;
      };
      for (const [name, message] of Object.entries(panelStates)) {
        await panel.post(message);
        await look(name);
      }
      await panel.post(hydrate({ simulated: true, gpus: 3, probe: true }));
      await panel.page.getByRole('button', { name: /^#1/ }).click();
      await panel.page.locator('.waste-item').first().hover();
      await look('a GPU chosen, waste pointed at');
      for (const tab of tabs) {
        await panel.page.locator(`#tab-${tab}`).click();
        // A comparison that was not asked for would bring its own tab into view.
        await panel.post(...answers.filter(({ type }) => type !== 'comparison' || tab === 'compare'));
        const pages = await panel.page.locator(`#pane-${tab} [role="tab"]`).count();
        for (let at = 0; at < Math.max(1, pages); at += 1) {
          if (pages > 0) await panel.page.locator(`#pane-${tab} [role="tab"]`).nth(at).click();
          await panel.post();
          assert.ok(await panel.page.locator(`#pane-${tab}`).isVisible());
          await look(`${tab}, page ${at}`);
        }
      }
      await panel.page.setViewportSize({ width: 360, height: 700 });
      await panel.page.locator('#tab-chart').click();
      await panel.post();
      await look('narrow');
      assert.deepEqual(found, {});
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
