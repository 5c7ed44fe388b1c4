// The pages of plans by keyboard alone: power limits tried on a live run, its batch size, a pipeline from a profile.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Frame } from 'playwright-core';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { profileText } from '../perseus/reference.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { untilSettled } from './settled.ts';

/** Full load, step after step: the board's limit decides how long one takes. */
const files = {
  'full.py': [
    'from torch import _simulated_gpu as gpu',
    'queue = gpu.queue(0)',
    'for step in range(1, 100000):',
    '    queue.submit("work", 0.04, 1.0)',
    '    queue.wait()',
    '    print(f"step {step}/100000", flush=True)',
  ].join('\n'),
  'profile.csv': profileText(),
};

test('limits are tried after a yes, the curve picks one, and the old limit stands again', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
    files,
    env: { PERJOULE_SIM_GPU: 'a100-pcie-80' },
    theme: 'dark',
    viewport: { width: 1400, height: 900 },
  });
  const { page } = workbench;
  await untilSettled(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run('python3 full.py');
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const panel = new EnergyPanel(workbench);
  await panel.waitFor('a live run with steps', ({ runState, points }) => runState === 'live' && points > 20);
  const frame = await panel.frame();
  await frame.getByRole('tab', { name: 'Chart' }).focus();
  await page.keyboard.press('End');
  await frame.getByRole('button', { name: /Try Power Limits/ }).waitFor();
  await frame.getByRole('button', { name: /Try Power Limits/ }).focus();
  await page.keyboard.press('Enter');
  const consent = page.getByRole('dialog');
  await consent.waitFor();
  const words = await consent.innerText();
  assert.match(words, /from 300 W down to 150 W in strides of 25 W; now 300 W/);
  assert.match(words, /put back at the end, also after a crash/);
  await workbench.screenshot('plan consent dark');
  await page.keyboard.press('Enter');
  await frame.getByText(/Trying \d+ W, 2 of 7/).waitFor({ timeout: 60_000 });
  await workbench.screenshot('plan sweep dark');
  await frame.getByText(/All limits are measured/).waitFor({ timeout: 120_000 });
  const said = await frame.locator('#plan-power').innerText();
  assert.match(said, /The limits stand where they stood before\./);
  const picked = await frame.locator('#plan-power .verdict-headline').innerText();
  assert.ok(
    ['225 W', '250 W', '275 W'].some((limit) => picked.startsWith(limit)),
    picked,
  );
  assert.match(picked, /simulated/);
  await frame.locator('#plan-power .plan-points tbody tr').nth(6).waitFor();
  await workbench.screenshot('plan done dark');
  await frame.getByRole('radio', { name: 'Least energy' }).focus();
  await page.keyboard.press('ArrowDown');
  await frame.locator('.wish-value').getByText('at most 5 % slower').waitFor();
  await workbench.runCommand('Preferences: Toggle between Light/Dark Themes');
  await until('the light theme', async () =>
    frame.locator('body').evaluate((body) => body.classList.contains('vscode-light')),
  );
  await workbench.screenshot('plan done light');
  const limits = join(workbench.session.workspace, '.perjoule', 'sim.jsonl.limits.jsonl');
  const given = readFileSync(limits, 'utf8').trim().split('\n');
  assert.equal(JSON.parse(given.at(-1) ?? '{}').limitW, 300);
  await batchSize(workbench, frame);
  await pipeline(workbench, frame);
  await workbench.terminal.show();
  await page.keyboard.press('Control+c');
});

/** The command of the run names no batch size: it is told on the page. */
async function batchSize(workbench: Workbench, frame: Frame): Promise<void> {
  const { page } = workbench;
  await frame.getByRole('tab', { name: 'Power limit' }).focus();
  await page.keyboard.press('ArrowRight');
  const field = frame.getByRole('spinbutton', { name: /Samples per step of run/ });
  await field.waitFor({ timeout: 30_000 });
  await field.focus();
  await page.keyboard.type('32');
  await page.keyboard.press('Enter');
  await frame.getByRole('heading', { name: 'Batch size 32' }).waitFor({ timeout: 30_000 });
  assert.match(await frame.locator('#plan-batch').innerText(), /J\/sample.*how the model learns/s);
  await workbench.screenshot('plan batch light');
}

async function pipeline(workbench: Workbench, frame: Frame): Promise<void> {
  const { page, quickInput, session } = workbench;
  const command = 'Perjoule: Plan Pipeline Frequencies…';
  await quickInput.open('F1', `>${command}`);
  // It asks for the profile in the same box.
  await quickInput.chooseNext(command);
  await quickInput.path(join(session.workspace, 'profile.csv'));
  await frame.getByText('profile.csv').first().waitFor({ timeout: 30_000 });
  await frame.getByLabel('Micro-batches').focus();
  await page.keyboard.type('12');
  await page.keyboard.press('Tab');
  await page.keyboard.type('83.64');
  await page.keyboard.press('Enter');
  const shown = frame.locator('#plan-pipeline .verdict-headline');
  await until(
    'the published frontier',
    async () => (await shown.textContent()) === '2.818 s, 6.21 kJ',
    60_000,
  );
  await workbench.screenshot('plan pipeline light');
  await frame.getByRole('slider').focus();
  await page.keyboard.press('End');
  await until('the least energy', async () => (await shown.textContent()) === '3.187 s, 5.66 kJ');
  await workbench.runCommand('Preferences: Toggle between Light/Dark Themes');
  await until('the dark theme', () =>
    frame.locator('body').evaluate((body) => body.classList.contains('vscode-dark')),
  );
  await workbench.screenshot('plan pipeline dark');
  await frame.getByRole('button', { name: 'Write Frequency Plan…' }).focus();
  await page.keyboard.press('Enter');
  const path = join(session.workspace, 'profile.plan.csv');
  await quickInput.path(path);
  await until('the plan as a file', () => Promise.resolve(existsSync(path)), 30_000);
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(rows.length, 193);
}
