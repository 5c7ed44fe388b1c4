// The checker's entry in the status bar says how long a file took, and the command starts another server.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { processesMarked } from '../../tools/vscode/processes.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';

const demo = join(projectFolder, 'demo');

const servers = (workbench: Workbench): number[] =>
  processesMarked(workbench.session.root)
    .filter(({ command }) => /dist\/server\.js/.test(command))
    .map(({ pid }) => pid);

test('the status bar says how long the file took; a server that is restarted finds the same', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo });
  await workbench.editor.open('train.py');
  const before = await waitForFindings(workbench, (rows) => rows.length >= 3);
  await workbench.waitForStatusBar(/Perjoule: hints on, train\.py in \d+ ms/);
  const [first, ...others] = servers(workbench);
  assert.ok(first !== undefined && others.length === 0);

  await workbench.runCommand('Perjoule: Restart Language Server');
  await until('another server and no other', () => {
    const [pid, ...more] = servers(workbench);
    return pid !== undefined && pid !== first && more.length === 0;
  });
  const after = await waitForFindings(workbench, (rows) => rows.length >= before.length);
  assert.deepEqual(
    after.map(({ text }) => text),
    before.map(({ text }) => text),
  );
  await workbench.waitForStatusBar(/Perjoule: hints on, train\.py in \d+ ms/);
  assert.deepEqual(workbench.errors(), []);
});
