// A notebook in the real editor: findings stand on cells, a cell that is edited changes what another shows, and saving
// fixes all cells together.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { openWorkbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';

const record = 'import torch\n%matplotlib inline\ndef record(loss):\n    print(loss.item())';
const loop = `model = torch.nn.Linear(8, 2).cuda()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
total = 0.0
for x, y in torch.utils.data.DataLoader(dataset, num_workers=2):
    loss = torch.nn.functional.cross_entropy(model(x.cuda()), y.cuda())
    loss.backward()
    optimizer.step()
    total += loss
    record(loss)`;

const code = (source: string): object => ({
  cell_type: 'code',
  execution_count: null,
  metadata: {},
  outputs: [],
  source: source.split(/(?<=\n)/),
});
const notebook = JSON.stringify({
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
  cells: [{ cell_type: 'markdown', metadata: {}, source: ['# Training'] }, code(record), code(loop)],
});

test('findings on cells, one cell changes another, and saving fixes the whole notebook', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'train.ipynb': notebook },
    settings: {
      'perjoule.hints.severity': { 'graph-retained-accumulation': 'warning' },
      // A browser's editor saves by itself otherwise, and then takes no actions.
      'files.autoSave': 'off',
      'notebook.codeActionsOnSave': { 'notebook.source.fixAll.perjoule': 'explicit' },
    },
  });
  const { page } = workbench;
  await workbench.quickInput.pick('Control+p', 'train.ipynb', 'train.ipynb');
  const inRecord = (line: number) => (row: { rule: string; line: number }) =>
    row.rule === 'sync-scalar-in-step' && row.line === line;
  await waitForFindings(workbench, (rows) => rows.some(inRecord(4)));
  await workbench.screenshot('notebook findings dark');

  const cells = page.locator('.notebookOverlay .cell-list-container .code-cell-row');
  const edit = async (cell: number, keys: readonly string[], text: string): Promise<void> => {
    await cells.nth(cell).locator('.monaco-editor .view-lines').click();
    for (const key of keys) await page.keyboard.press(key);
    await page.keyboard.type(text);
  };
  // The last line of the loop is the call that makes the other cell's function hot.
  await edit(1, ['Control+End', 'Home'], '# ');
  await waitForFindings(workbench, (rows) => !rows.some(inRecord(4)));
  for (const key of ['Backspace', 'Backspace']) await page.keyboard.press(key);
  await waitForFindings(workbench, (rows) => rows.some(inRecord(4)));
  await edit(0, ['Control+Home'], '# above\n');
  await waitForFindings(workbench, (rows) => rows.some(inRecord(5)));

  await page.keyboard.press('Control+s');
  await until('the fix on disk', () => {
    const text = readFileSync(join(workbench.session.workspace, 'train.ipynb'), 'utf8');
    return text.includes('# above') && text.includes('total += loss.detach()');
  });
  assert.deepEqual(workbench.errors(), []);
});
