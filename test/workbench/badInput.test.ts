// What goes wrong around a user, each with one clear state, in the packaged extension: nothing crashes, nothing
// recorded is lost, and the rest goes on.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type {} from '../../media/draw/summary.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { type FoundProcess, processesMarked } from '../../tools/vscode/processes.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';

const demo = join(projectFolder, 'demo');
const wasteful = `import torch
from torch.utils.data import DataLoader


def train(model, dataset, optimizer, device=torch.device("cuda")):
    model = torch.nn.Linear(4, 4).to(device)
    total = 0.0
    for images, labels in DataLoader(dataset, num_workers=2):
        loss = model(images.to(device)).sum()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


train(None, None, None)
`;

const sampler = (workbench: Workbench): FoundProcess | undefined =>
  processesMarked(workbench.session.root).find((found) => /dist\/sampler\.js/.test(found.command));

test('unreadable, binary, huge and half-typed files: no crash, and the good file keeps its hints', async (t) => {
  const files = { 'good.py': wasteful, 'empty.py': '', 'half.py': 'import torch\nfor x in (\n  def f(:\n' };
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], files });
  const { workspace } = workbench.session;
  writeFileSync(
    join(workspace, 'binary.py'),
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe, 0, 1, 2, 3]),
  );
  writeFileSync(join(workspace, 'huge.py'), `import torch\n${'value = [1, 2, 3]\n'.repeat(120_000)}`);
  await workbench.editor.open('half.py');
  await workbench.editor.open('huge.py');
  await workbench.quickInput.pick('Control+p', 'binary.py', 'binary.py');
  await workbench.editor.open('empty.py');
  await workbench.editor.open('good.py');
  const rows = await waitForFindings(workbench, (found) => found.length > 0);
  assert.ok(rows.every((row) => row.text.includes('good.py') || row.rule === 'sync-scalar-in-step'));
  // Typing on: every state of the text between two good ones is broken.
  await workbench.editor.placeCursor(12, 9);
  await workbench.editor.type('if (loss[ "');
  await workbench.page.keyboard.press('Control+z');
  await workbench.page.keyboard.press('Control+z');
  await workbench.page.keyboard.press('Control+z');
  await waitForFindings(workbench, (found) => found.length === rows.length);
  assert.deepEqual(await workbench.notifications(), []);
});

test('no Python: one message that says where to set it', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'good.py': wasteful },
    settings: { 'perjoule.runs.pythonPath': '/nowhere/python' },
  });
  await workbench.editor.open('good.py');
  await workbench.runCommand('Perjoule: Run with Energy Profile');
  await workbench.waitForNotification(/No Python interpreter/);
  await workbench.screenshot('bad no python');
});

test('no GPU: the panel says what was looked for and what to do', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], files: { 'good.py': wasteful } });
  const panel = new EnergyPanel(workbench);
  await workbench.runCommand('Perjoule: Open Energy Profile');
  await panel.waitFor('the empty state', (facts) => facts.empty === 'noGpu', 60_000);
  const text = await panel.text();
  assert.match(text, /nvidia-smi/);
  await workbench.screenshot('bad no gpu');
});

test('Restricted Mode: hints are shown, nothing is started', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: demo,
    trustWorkspace: false,
    settings: {
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
  });
  await workbench.editor.open('train.py');
  const rows = await waitForFindings(workbench, (found) => found.length > 0);
  await workbench.editor.placeCursor(rows[0]?.line ?? 1);
  await workbench.editor.waitForSquiggles();
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const panel = new EnergyPanel(workbench);
  await panel.waitFor('the empty state', (facts) => facts.empty === 'untrusted', 60_000);
  await workbench.screenshot('bad restricted');
  assert.equal(sampler(workbench), undefined, 'no sampler in Restricted Mode');
});

test('a window reload and a sampler killed mid-run: one run, a marked gap, nothing recorded lost', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo });
  const panel = new EnergyPanel(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run('python train.py --epochs 3');
  const early = await panel.waitFor('the run', (facts) => facts.energyJ > 800, 60_000);

  await workbench.reload();
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const reloaded = await panel.waitFor(
    'the run after the reload',
    (facts) => facts.energyJ > early.energyJ,
    60_000,
  );
  assert.equal(reloaded.runId, early.runId, 'the same run after a reload');
  assert.equal(reloaded.runState, 'live');

  const victim = sampler(workbench);
  assert.ok(victim !== undefined);
  process.kill(victim.pid, 'SIGKILL');
  await until('another sampler', () => {
    const now = sampler(workbench);
    return now !== undefined && now.pid !== victim.pid;
  });
  const resumed = await panel.waitFor(
    'the run to go on',
    (facts) =>
      facts.runId === early.runId && facts.energyJ > reloaded.energyJ * 1.2 && facts.runState === 'live',
    60_000,
  );
  await workbench.screenshot('bad sampler killed');
  const ended = await panel.waitFor('the run to end', (facts) => facts.runState === 'ended', 120_000);
  assert.equal(ended.runId, early.runId);
  assert.ok(ended.energyJ >= resumed.energyJ);
  const frame = await panel.frame();
  const gaps = await frame.evaluate(
    () => document.getElementById('perjoule-panel')?.perjoule?.state.run?.gaps ?? [],
  );
  const reasons = gaps.map((gap) => gap.reason);
  assert.ok(reasons.includes('samplerDown'), `gaps: ${JSON.stringify(gaps)}`);
});
