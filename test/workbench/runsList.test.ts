// The list of runs in the real editor: a run is renamed, noted, tagged and found by a filter.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { runFile } from '../recordedRun.ts';
import { openWorkbench } from './harness/workbench.ts';
import { RecordedRuns } from './recordedRuns.ts';
import { pinRun, savingsPage } from './runsView.ts';
import { untilSettled } from './settled.ts';

const hostile = '<b onclick=x>a</b> [l](http://y) **c** `d` | $(zap)';

test('a run is renamed, tagged, noted and found by what was written', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
  });
  await untilSettled(workbench);
  const { page } = workbench;
  await workbench.terminal.open();
  await workbench.terminal.run('python3 train.py --epochs 1 --steps 6');
  const recorded = new RecordedRuns(workbench);
  await recorded.ended('the run');
  await page.locator('.activitybar').getByRole('tab', { name: 'Perjoule' }).click();
  const rows = (): Promise<string[]> => workbench.viewRows('Runs');
  const untilRows = (what: string, holds: (rows: string[]) => boolean): Promise<unknown> =>
    until(what, async () => holds(await rows()), 20_000, rows);
  await untilRows('the run in the list', ([row]) => row?.startsWith('train.py · run 1') === true);

  const write = async (item: string, text: string): Promise<void> => {
    await workbench.view('Runs').locator('.monaco-list-row').first().click({ button: 'right' });
    // A menu passes over a click that comes as soon as it is there; a key it takes.
    await page.locator('.monaco-menu').getByText(item, { exact: true }).hover();
    await page.keyboard.press('Enter');
    const box = page.locator('.quick-input-box input');
    await box.waitFor();
    await box.fill(text);
    await page.keyboard.press('Enter');
    await workbench.quickInput.closed();
  };
  await write('Rename Run…', 'Smaller steps');
  await untilRows('the new name', ([row]) => row?.startsWith('Smaller steps · run 1') === true);
  await write('Edit Tags…', 'baseline, lr 1e-3');
  await untilRows('the tags', ([row]) => row?.includes('#baseline') === true);
  await write('Edit Note…', 'before the loader was mended');

  const press = async (name: string): Promise<void> => {
    const header = workbench.view('Runs').locator('.pane-header');
    await header.hover();
    await header.getByRole('button', { name }).click();
  };
  const filter = async (text: string): Promise<void> => {
    await press('Filter Runs…');
    const box = page.locator('.quick-input-box input');
    await box.fill(text);
    await page.keyboard.press('Enter');
    await workbench.quickInput.closed();
  };
  await filter('#other');
  await untilRows('nothing that matches', (found) => found.length === 0);
  await press('Show All Runs');
  await untilRows('all runs', (found) => found.length === 1);
  await filter('loader #baseline');
  await untilRows('what matches', (found) => found.length === 1);
  await workbench.screenshot('runs filtered dark');

  // Two runs of another machine: the later one needs less, and the ledger holds it once the earlier one is pinned.
  await press('Show All Runs');
  for (const [at, run] of [
    { id: 'before', perStepJ: 40, name: hostile },
    { id: 'after', perStepJ: 30, name: hostile },
  ].entries()) {
    const file = join(workbench.session.workspace, `${run.id}.json`);
    writeFileSync(file, runFile(run, at));
    await recorded.import(file);
    await untilRows('the imported run', (found) => found.length === at + 2);
  }
  await pinRun(workbench, `${hostile} · run 2`);
  const proven = await savingsPage(workbench);
  assert.match(proven, /\d k?J \([\d.]+ m?Wh\) saved, 95 % interval .* used by 2 runs/);
  assert.match(proven, /run 3 against run 2: \d+\.\d % less for each of 200 steps/);
  assert.ok(proven.includes(hostile), 'a name of markup stands there letter by letter');
  await workbench.screenshot('savings dark');
  assert.deepEqual(workbench.errors(), []);
});
