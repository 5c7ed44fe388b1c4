// Files that nobody has opened: with the setting their findings are listed, and what they pass to others counts; a change
// on disk is followed.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { rulesOfTrainScript, trainScript } from '../protocol/scripts.ts';
import { openWorkbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';

const tools = 'history = []\n\n\ndef record(loss):\n    history.append(loss.item())\n';
const train = (step: string): string =>
  trainScript
    .replace('import torch\n', 'import torch\nfrom tools import record\n')
    .replace('running += loss.item()', step);

test('closed files are listed, what they pass to others counts, and a change on disk is followed', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'train.py': train('record(loss)'), 'tools.py': tools },
    settings: { 'perjoule.hints.scope': 'workspace' },
  });
  const closed = await waitForFindings(workbench, (rows) => rows.length >= 3);
  assert.deepEqual(closed.map(({ rule }) => rule).sort(), rulesOfTrainScript);
  await workbench.editor.open('tools.py');
  await workbench.editor.waitForSquiggles((all) => all.some(({ line }) => line === 5));
  writeFileSync(join(workbench.session.workspace, 'train.py'), train('pass'));
  // While the view is painted anew, a row may stand twice.
  const after = await waitForFindings(
    workbench,
    (rows) => rows.length === 2 && rows.every(({ rule }) => rule !== 'sync-scalar-in-step'),
  );
  assert.deepEqual(after.map(({ rule }) => rule).sort(), ['eval-without-no-grad', 'loader-no-workers']);
  writeFileSync(join(workbench.session.workspace, 'train.py'), train('record(loss)'));
  await workbench.editor.waitForSquiggles((all) => all.some(({ line }) => line === 5));
  assert.deepEqual(workbench.errors(), []);
});
