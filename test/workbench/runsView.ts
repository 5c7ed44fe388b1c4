// The view of recorded runs, and the page of savings above it.

import { until } from '../../tools/until.ts';
import type { Workbench } from './harness/workbench.ts';

/** Pins a run of the list, which is shown, as the baseline of the later ones. */
export async function pinRun(workbench: Workbench, title: string): Promise<void> {
  const { page } = workbench;
  const rows = (): Promise<string[]> => workbench.viewRows('Runs');
  await until(
    'the run in the list',
    async () => (await rows()).some((row) => row.startsWith(title)),
    20_000,
    rows,
  );
  const row = workbench.view('Runs').locator('.monaco-list-row').filter({ hasText: title });
  await row.click({ button: 'right' });
  // A menu passes over a click that comes as soon as it is there; a key it takes.
  await page.locator('.monaco-menu').getByText('Pin as Baseline', { exact: true }).hover();
  await page.keyboard.press('Enter');
  const pinned = async (): Promise<boolean> =>
    (await rows()).some((text) => text.startsWith(title) && text.includes('baseline'));
  await until('the pin', pinned, 20_000, rows);
}

/** What the page of savings says. */
export async function savingsPage(workbench: Workbench): Promise<string> {
  await workbench.runCommand('Perjoule: Show Savings');
  const page = await workbench.webviewFrame('h1:has-text("Savings proven so far")', 30_000);
  return page.locator('body').innerText();
}
