// A command typed so early that nobody listened to the terminal yet.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench } from './harness/workbench.ts';

const command = 'python train.py --epochs 1 --steps 16';

test('a command typed before the extension listens is measured, and the next one is a run of its own with steps', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
    theme: 'light',
  });
  const panel = new EnergyPanel(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run(command);
  const early = await panel.waitFor('the early run to end', (facts) => facts.runState === 'ended', 90_000);
  assert.ok(early.energyJ > 0);
  t.diagnostic(`steps of the early run ${early.perStepJ === null ? 'not heard' : 'heard'}`);

  await workbench.terminal.show();
  await workbench.terminal.run(command);
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const next = await panel.waitFor(
    'the next run to end',
    (facts) => facts.runState === 'ended' && facts.runId !== early.runId,
    90_000,
  );
  assert.ok(next.perStepJ !== null && next.perStepJ > 0, 'steps are read');
});
