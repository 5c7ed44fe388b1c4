// What a user does on an ordinary day beside the loop: allow a line, read why, look at the list of runs; and the checker
// dies in the middle of typing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { processesMarked } from '../../tools/vscode/processes.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';

const demo = join(projectFolder, 'demo');

test('a line is allowed, a rule explained, and a checker killed while typing is back with its findings', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo, theme: 'dark' });
  const { editor } = workbench;
  await editor.open('train.py');
  const rows = await waitForFindings(workbench, (all) =>
    all.some(({ rule }) => rule === 'eval-without-no-grad'),
  );
  const finding = rows.find(({ rule }) => rule === 'eval-without-no-grad');
  assert.ok(finding);

  await editor.applyFix(finding.line, 'Explain eval-without-no-grad', finding.column);
  const page = await workbench.webviewFrame('.markdown-body');
  await until('the page of the rule', async () =>
    (await page.locator('body').innerText()).includes('eval-without-no-grad'),
  );
  assert.match(await page.locator('body').innerText(), /no_grad|inference_mode/);
  await workbench.screenshot('everyday rule page dark');

  await editor.open('train.py');
  await editor.applyFix(finding.line, 'Allow eval-without-no-grad on this line', finding.column);
  const left = await waitForFindings(workbench, (all) =>
    all.every(({ rule }) => rule !== 'eval-without-no-grad'),
  );
  assert.ok(left.length >= 2, 'the other findings stay');
  await editor.save();
  await until('the comment on disk', () =>
    readFileSync(join(workbench.session.workspace, 'train.py'), 'utf8').includes(
      '# perjoule: allow eval-without-no-grad',
    ),
  );

  const server = processesMarked(workbench.session.root).find(({ command }) =>
    /dist\/server\.js/.test(command),
  );
  assert.ok(server, 'the language server runs');
  const killedAt = performance.now();
  process.kill(server.pid, 'SIGKILL');
  await editor.placeCursor(1);
  await editor.type('import torch; x = torch.ones(1).cuda()\nfor step in range(9): print(x.item())\n');
  await until(
    'another language server',
    () =>
      processesMarked(workbench.session.root).some(
        ({ pid, command }) => pid !== server.pid && /dist\/server\.js/.test(command),
      ),
    20_000,
  );
  await waitForFindings(workbench, (all) => all.length >= left.length && all.some(({ line }) => line > 20));
  t.diagnostic(
    `killed while typing: findings of the new text after ${Math.round(performance.now() - killedAt)} ms`,
  );
  assert.deepEqual(workbench.errors(), []);
});

test('the list of runs says what a run cost and how good the figure is; the status bar goes with the run', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo, theme: 'dark' });
  const panel = new EnergyPanel(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run('python train.py --epochs 1 --steps 12');
  await workbench.waitForStatusBar(/Energy of train\.py: .*\d k?W, .*\d k?J, .*simulated/, 60_000);
  await panel.waitFor('the run to end', (facts) => facts.runState === 'ended', 60_000);
  await until('the status bar to be free', async () =>
    (await workbench.statusBar()).every((item) => !item.includes('Energy of')),
  );

  await workbench.runCommand('Energy Profile: Focus on Runs View');
  const rows = await until('the run in the list', async () => {
    const found = await workbench.viewRows('Runs');
    return found.some((row) => row.includes('train.py · run 1')) && found;
  });
  const row = rows.find((text) => text.includes('train.py · run 1')) ?? '';
  assert.match(row, /\d(\.\d+)? k?J/);
  assert.match(row, /simulated · counter/);
  await workbench.screenshot('everyday runs dark');
  assert.deepEqual(workbench.errors(), []);
});
