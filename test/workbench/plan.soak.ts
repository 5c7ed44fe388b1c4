// The pages of plans by keyboard alone: power limits tried on a live run, its batch size, the slack of its two GPUs, a
// pipeline from a profile; each in dark and in light.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Frame, Locator, Page } from 'playwright-core';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { profileText } from '../perseus/reference.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { untilSettled } from './settled.ts';

/** Full load, step after step: the board's limit decides how long one takes. The other GPU has less to do. */
const files = {
  'full.py': [
    'from torch import _simulated_gpu as gpu',
    'import time',
    'queues = [gpu.queue(0), gpu.queue(1)]',
    '# Once somebody looks: that the GPU works, and what it draws with nothing to do.',
    'time.sleep(5)',
    'for queue in queues:',
    '    queue.submit("work", 0.3, 1.0)',
    '    queue.wait()',
    'time.sleep(4)',
    'for step in range(1, 100000):',
    '    for queue, seconds in zip(queues, [0.04, 0.025]):',
    '        queue.submit("work", seconds, 1.0)',
    '    for queue in queues:',
    '        queue.wait()',
    '    print(f"step {step}/100000", flush=True)',
  ].join('\n'),
  'profile.csv': profileText(),
};

test('limits are tried after a yes, the curve picks one, and the old limit stands again', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
    files,
    env: { PERJOULE_SIM_GPU: 'a100-pcie-80*2' },
    theme: 'dark',
    viewport: { width: 1400, height: 900 },
  });
  const { page } = workbench;
  await untilSettled(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run('python3 full.py');
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const panel = new EnergyPanel(workbench);
  await panel.waitFor(
    'a live run with steps',
    ({ runState, points, perStepJ }) => runState === 'live' && points > 20 && perStepJ !== null,
    60_000,
  );
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
  await workbench.runCommand('View: Toggle Maximized Panel');
  await frame.getByText(/All limits are measured/).waitFor({ timeout: 120_000 });
  const said = await frame.locator('#plan-power').innerText();
  assert.match(said, /The limits stand where they stood before\./);
  const headline = await frame.locator('#plan-power .verdict-headline').innerText();
  assert.match(headline, /simulated/);
  const least = await frame.locator('#plan-power .plan-result').innerText();
  // Where output came too late for so small a gain nothing is advised, and the figures stand below.
  const [, picked] = /^(\d+) W/.exec(headline) ?? /surely better than 300 W.*?(\d+) W: −/s.exec(least) ?? [];
  assert.ok(['225', '250', '275'].includes(picked ?? ''), least);
  await frame.locator('#plan-power .plan-points tbody tr').nth(6).waitFor();
  await workbench.screenshot('plan done dark');
  await frame.getByRole('radio', { name: 'Least energy' }).focus();
  await page.keyboard.press('ArrowDown');
  await frame.locator('.wish-value').getByText('at most 5 % slower').waitFor();
  await toggleTheme(workbench, frame, 'light');
  await workbench.screenshot('plan done light');
  const limits = join(workbench.session.workspace, '.perjoule', 'sim.jsonl.limits.jsonl');
  const given = readFileSync(limits, 'utf8').trim().split('\n');
  assert.equal(JSON.parse(given.at(-1) ?? '{}').limitW, 300);
  await batchSize(workbench, frame);
  await balance(workbench, frame);
  await pipeline(workbench, frame);
  await darkAgain(workbench, frame);
  await workbench.terminal.show();
  await page.keyboard.press('Control+c');
});

async function toggleTheme(workbench: Workbench, frame: Frame, theme: 'dark' | 'light'): Promise<void> {
  await workbench.runCommand('Preferences: Toggle between Light/Dark Themes');
  await until(`the ${theme} theme`, () =>
    frame.locator('body').evaluate((body, name) => body.classList.contains(`vscode-${name}`), theme),
  );
}

/** As a person without a mouse gets there. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const isThere = (): Promise<boolean> => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 40; presses += 1) {
    if (await isThere()) return;
    await page.keyboard.press(key);
  }
  assert.ok(await isThere(), `${key} does not come to ${target}`);
}

/** The command of the run names no batch size: it is told on the page. */
async function batchSize(workbench: Workbench, frame: Frame): Promise<void> {
  const { page } = workbench;
  await frame.getByRole('tab', { name: 'Power limit' }).focus();
  await page.keyboard.press('ArrowRight');
  const field = frame.getByRole('spinbutton', { name: /Samples per step of run/ });
  await field.waitFor({ timeout: 30_000 });
  await tabTo(page, field);
  await page.keyboard.type('32');
  await page.keyboard.press('Enter');
  await frame.getByRole('heading', { name: 'Batch size 32' }).waitFor({ timeout: 30_000 });
  assert.match(await frame.locator('#plan-batch').innerText(), /J\/sample.*how the model learns/s);
  await workbench.screenshot('plan batch light');
}

async function balance(workbench: Workbench, frame: Frame): Promise<void> {
  const { page } = workbench;
  await tabTo(page, frame.getByRole('tab', { name: 'Batch size' }), 'Shift+Tab');
  await page.keyboard.press('ArrowRight');
  const shown = frame.locator('#plan-balance');
  await shown.locator('.verdict-headline').waitFor({ timeout: 30_000 });
  const said = await shown.innerText();
  assert.match(said, /less energy per step, modelled\s+simulated/);
  assert.match(said, /Savings are modelled, not measured/);
  const slack = (await shown.locator('tbody tr').nth(1).locator('td').nth(1).innerText()) ?? '';
  // The limits of before stretched its steps; at the usual one it waits for 15 ms of 40.
  const ms = Number.parseFloat(slack);
  assert.ok(ms > 10 && ms < 25, slack);
  await tabTo(page, shown.getByRole('button', { name: 'Copy' }));
  await page.keyboard.press('Enter');
  await workbench.screenshot('plan balance light');
}

async function pipeline(workbench: Workbench, frame: Frame): Promise<void> {
  const { page, quickInput, session } = workbench;
  const command = 'Perjoule: Plan Pipeline Frequencies…';
  // It asks for the profile in the same box.
  await quickInput.pickNext('F1', `>${command}`, command);
  await quickInput.path(join(session.workspace, 'profile.csv'));
  // Once the profile is read its stages stand there; before that there is nothing to plan.
  const stages = frame.getByLabel('Stages');
  await until('the profile’s stages', async () => (await stages.inputValue()) === '8', 60_000);
  const microbatches = frame.getByLabel('Micro-batches');
  await microbatches.focus();
  await page.keyboard.type('900');
  await page.keyboard.press('Tab');
  await page.keyboard.type('83.64');
  await page.keyboard.press('Enter');
  const cancel = frame.getByRole('button', { name: 'Cancel' });
  await cancel.waitFor({ timeout: 60_000 });
  await tabTo(page, cancel);
  await workbench.screenshot('plan pipeline solving light');
  await page.keyboard.press('Enter');
  await cancel.waitFor({ state: 'hidden' });
  await tabTo(page, microbatches, 'Shift+Tab');
  // The window hands Ctrl+A back to the page when it likes, between two digits too; these keys stay in the field.
  await page.keyboard.press('End');
  for (const _ of '900') await page.keyboard.press('Backspace');
  await page.keyboard.type('12');
  await page.keyboard.press('Enter');
  const shown = frame.locator('#plan-pipeline .verdict-headline');
  await until(
    'the published frontier',
    async () => (await shown.textContent()) === '2.818 s, 6.21 kJ',
    60_000,
  );
  await workbench.screenshot('plan pipeline light');
  await tabTo(page, frame.getByRole('slider'));
  await page.keyboard.press('End');
  await until('the least energy', async () => (await shown.textContent()) === '3.187 s, 5.66 kJ');
  await toggleTheme(workbench, frame, 'dark');
  await workbench.screenshot('plan pipeline dark');
  await frame.getByRole('slider').focus();
  await tabTo(page, frame.getByRole('button', { name: 'Write Frequency Plan…' }));
  await page.keyboard.press('Enter');
  const path = join(session.workspace, 'profile.plan.csv');
  await quickInput.path(path);
  await until('the plan as a file', () => Promise.resolve(existsSync(path)), 30_000);
  const rows = readFileSync(path, 'utf8').trimEnd().split('\n');
  assert.equal(rows.length, 193);
}

/** The other pages once more: what they said is still there. */
async function darkAgain(workbench: Workbench, frame: Frame): Promise<void> {
  const { page } = workbench;
  await frame.getByRole('tab', { name: 'Pipeline' }).focus();
  await page.keyboard.press('ArrowLeft');
  await frame.locator('#plan-balance .verdict-headline').waitFor({ timeout: 30_000 });
  await workbench.screenshot('plan balance dark');
  await page.keyboard.press('ArrowLeft');
  await frame.getByRole('heading', { name: 'Batch size 32' }).waitFor({ timeout: 30_000 });
  await workbench.screenshot('plan batch dark');
}
