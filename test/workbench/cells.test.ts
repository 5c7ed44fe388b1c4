// A notebook's cells in the real editor: one run each, named after the cell, ended with it, interrupted or not.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { openWorkbench } from './harness/workbench.ts';
import { RecordedRuns } from './recordedRuns.ts';
import { untilSettled } from './settled.ts';
import { packagedStandIn } from './standIn.ts';

const sources = [
  'import runpy, sys, time\nnumber = 1',
  "# train\nsys.argv = 'train.py --epochs 1 --steps 8'.split()\nrunpy.run_path('train.py', run_name='__main__')",
  'time.sleep(120)',
];
const notebook = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
  cells: sources.map((source) => ({
    cell_type: 'code',
    execution_count: null,
    metadata: {},
    outputs: [],
    source: source.split(/(?<=\n)/),
  })),
});

test('a cell that trains, one that is interrupted and one that is deleted are a run each; one that only defines is none', async (t) => {
  const kernelVsix = await packagedStandIn('standInKernel');
  t.after(() => rmSync(kernelVsix, { force: true }));
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix(), kernelVsix],
    copyOf: join(projectFolder, 'demo'),
    files: { 'train.ipynb': notebook },
    settings: {
      'perjoule.runs.idleNoticeMinutes': 0.1,
      // A browser's editor saves by itself otherwise, in the middle of a cell.
      'files.autoSave': 'off',
      'notebook.confirmDeleteRunningCell': false,
    },
  });
  await untilSettled(workbench);
  const runs = new RecordedRuns(workbench);
  const { page } = workbench;
  await workbench.quickInput.pick('Control+p', 'train.ipynb', 'train.ipynb');
  const cells = page.locator('.notebookOverlay .cell-list-container .code-cell-row');
  const execute = async (cell: number): Promise<void> => {
    await cells.nth(cell).locator('.monaco-editor .view-lines').click();
    await cells.nth(cell).locator('.run-button-container .codicon-notebook-execute').click();
  };
  await execute(0);
  await execute(1);
  const { runs: trained, seenMs } = await runs.ended('the training cell');
  t.diagnostic(`seen after ${Math.round(seenMs)} ms`);
  assert.deepEqual(
    trained.map(({ name, command, origin, exitCode }) => [name, command, origin, exitCode]),
    [
      [
        'train.ipynb [cell 2]',
        "train.ipynb, cell 2: sys.argv = 'train.py --epochs 1 --steps 8'.split()",
        'notebook',
        0,
      ],
    ],
  );
  assert.equal(trained[0]?.steps?.count, 8);
  assert.ok((trained[0]?.totals.energyJ ?? 0) > 0);
  await workbench.screenshot('cell run dark');

  await execute(2);
  await until('the idle cell', async () => (await runs.fresh()).length === 1, 60_000);
  await cells.nth(2).locator('.run-button-container .codicon-notebook-stop').click();
  const { runs: interrupted } = await runs.ended('the interrupted cell');
  assert.deepEqual(
    interrupted.map(({ command, exitCode }) => [command, exitCode]),
    [['train.ipynb, cell 3: time.sleep(120)', 130]],
  );
  assert.deepEqual(await runs.fresh(), []);

  await execute(2);
  await until('the cell that will be deleted', async () => (await runs.fresh()).length === 1, 60_000);
  await cells.nth(2).hover();
  await cells.nth(2).locator('.codicon-notebook-delete-cell').click();
  const { runs: deleted } = await runs.ended('the deleted cell');
  assert.deepEqual(
    deleted.map(({ command, exitCode }) => [command, exitCode]),
    [['train.ipynb, cell 3: time.sleep(120)', null]],
    'nobody saw how it ended',
  );

  const notice = await workbench.waitForStatusBar('held idle', 40_000);
  assert.match(notice, /^GPU #0 held idle by kernel\.py · \d+ W · [\d.]+ m?Wh · simulated$/);
  await workbench.screenshot('kernel holds a GPU idle dark');
  await page.locator('#perjoule\\.perjoule\\.perjoule\\.idleHold').click();
  await until('the processes that hold a GPU', async () =>
    (await workbench.quickInput.offers()).some((offer) => /^kernel\.py \(\d+\)/.test(offer)),
  );
  await workbench.screenshot('processes that hold a GPU dark');
  await page.keyboard.press('Enter');
  const attached = await until('the run of the kernel', async () => (await runs.fresh())[0], 30_000);
  assert.deepEqual([attached.origin, attached.name, attached.state], ['attach', 'kernel.py', 'live']);
  assert.ok(attached.durationMs < 30_000, 'it counts from then on');

  // It is held idle all the same: the notice goes only because it is turned off.
  await workbench.waitForStatusBar('held idle', 40_000);
  const { workspace } = workbench.session;
  mkdirSync(join(workspace, '.vscode'), { recursive: true });
  writeFileSync(join(workspace, '.vscode', 'settings.json'), '{"perjoule.runs.idleNoticeMinutes": 0}\n');
  await until(
    'the notice to go',
    async () => (await workbench.statusBar()).every((item) => !item.includes('held idle')),
    20_000,
    () => workbench.statusBar(),
  );
  assert.deepEqual(workbench.errors(), []);
});
