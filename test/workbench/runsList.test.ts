// The list of runs in the real editor: a run is renamed, noted, tagged, found by a filter, deleted and taken back; several of them
// are compared with several.

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

test('a run is renamed, tagged, noted, found by what was written, deleted, taken back, and compared by sides', async (t) => {
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

  const menu = async (item: string): Promise<void> => {
    await workbench.view('Runs').locator('.monaco-list-row').first().click({ button: 'right' });
    // A menu passes over a click that comes as soon as it is there; a key it takes.
    await page.locator('.monaco-menu').getByText(item, { exact: true }).hover();
    await page.keyboard.press('Enter');
  };
  const write = async (item: string, text: string): Promise<void> => {
    await menu(item);
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

  // Deleted from its menu, taken back by the button of the message, with all that was written of it.
  await press('Show All Runs');
  await untilRows('all runs again', (found) => found.length === 1);
  await menu('Delete Run');
  await untilRows('the run to go', (found) => found.length === 0);
  await workbench.waitForNotification('The run was deleted.');
  // The pointer rests on the bell, whose own hover may lie over the button.
  await page.mouse.move(600, 400);
  await workbench.pressButton('Undo');
  await untilRows(
    'the run to be back',
    ([row]) => row?.startsWith('Smaller steps · run 1') === true && row.includes('#baseline'),
  );

  // Two runs of another machine: the later one needs less, and the ledger says why it holds no saving.
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
  assert.match(proven, /no saving proven; use not available of 0 runs, 2 more imported, in no figure here/);
  assert.match(proven, /run 3 against run 2\. Run 3 was imported: this machine did not measure it\./);
  assert.ok(proven.includes(hostile), 'a name of markup stands there letter by letter');
  await workbench.screenshot('savings dark');

  // Two runs a side, selected in the list: the older half is ticked as the baseline.
  for (const run of [
    { id: 'before-again', perStepJ: 41, name: hostile, startedAtMs: Date.UTC(2026, 10, 1, 12) },
    { id: 'after-again', perStepJ: 29, name: hostile, startedAtMs: Date.UTC(2026, 10, 2, 12) },
  ]) {
    const file = join(workbench.session.workspace, `${run.id}.json`);
    writeFileSync(file, runFile(run, 0));
    await recorded.import(file);
  }
  await untilRows('all imported runs', (found) => found.length === 5);
  for (const number of [2, 3, 4, 5])
    await workbench
      .view('Runs')
      .locator('.monaco-list-row')
      .filter({ hasText: `· run ${number}` })
      .click({ modifiers: number === 2 ? [] : ['ControlOrMeta'] });
  await workbench.view('Runs').locator('.monaco-list-row.selected').first().click({ button: 'right' });
  await page.locator('.monaco-menu').getByText('Compare Runs', { exact: true }).hover();
  await page.keyboard.press('Enter');
  await until('the older half ticked', () => page.getByText('2 Selected').isVisible());
  await workbench.quickInput.accept();
  const compared = await workbench.webviewFrame('h1:has-text("Several runs against several")', 30_000);
  const said = (await compared.locator('body').innerText()).replaceAll('\u00a0', ' ');
  assert.match(said, /runs 2, 4\s+runs 3, 5/);
  assert.match(said, /Spread between runs\s+±\d/);
  assert.match(said, /less energy per step: −2\d\.\d % \(95 % interval −[\d.]+ % to −[\d.]+ %\)/);
  await workbench.screenshot('runs several a side dark');
  assert.deepEqual(workbench.errors(), []);
});
