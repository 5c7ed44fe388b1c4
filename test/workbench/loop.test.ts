// The product's promise, driven as a user would: the packaged extension in a real VS Code, the demo script, the light
// bulb, two runs, and the proof. Nothing here reaches into the extension; the truth file is the simulator's own.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TruthRecord } from '../../sampler/sources/simulated/truthFile.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { processesMarked } from '../../tools/vscode/processes.ts';
import { watchConnections } from '../network/connectionWatch.ts';
import { EnergyPanel, type PanelFacts } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { findingsOrNone, waitForFindings } from './problemRows.ts';
import { pinRun, savingsPage } from './runsView.ts';
import { untilSettled } from './settled.ts';
import { assertTrueWaste, truthRecords } from './truth.ts';

const demo = join(projectFolder, 'demo');
const rules = ['eval-without-no-grad', 'loader-no-workers', 'sync-scalar-in-step'];

/** Takes the preferred fix of every finding from the light bulb, one after the other, as lines move. */
async function fixEverything(workbench: Workbench): Promise<number> {
  let fixed = 0;
  for (;;) {
    const rows = await findingsOrNone(workbench);
    const next = rows[0];
    if (next === undefined) return fixed;
    const offers = await workbench.editor.lightBulbTitles(next.line, next.column);
    const fix = offers.find((title) => !/allow|explain|dismiss|fix all/i.test(title));
    assert.ok(fix !== undefined, `no fix offered for ${next.text}: ${offers.join(' | ')}`);
    await workbench.editor.applyFix(next.line, fix, next.column);
    fixed += 1;
    assert.ok(fixed <= 12, 'the fixes do not come to an end');
    await until('the finding to go', async () => {
      const now = await findingsOrNone(workbench);
      return now.length !== rows.length || now[0]?.line !== next.line;
    });
  }
}

/** The run that lives now, at its end, with the simulator's account of it. */
async function endedRun(
  workbench: Workbench,
  panel: EnergyPanel,
): Promise<{ readonly facts: PanelFacts; readonly truth: TruthRecord }> {
  const facts = await panel.waitFor('the run to end', (now) => now.runState === 'ended', 120_000);
  const [truth] = await truthRecords(workbench.session.workspace, 1);
  assert.ok(truth !== undefined);
  return { facts, truth };
}

test('hint, run, measured hint, fix, run, proof: with the Run command, in the packaged extension', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo, theme: 'dark' });
  const panel = new EnergyPanel(workbench);
  // What we start and what it starts: the language server, the sampler, the measured program.
  const ours = /dist\/(server|sampler)\.js|train\.py/;
  const watch = watchConnections(() =>
    processesMarked(workbench.session.root)
      .filter((found) => ours.test(found.command))
      .map((found) => found.pid),
  );
  t.after(() => void watch.stop());

  await workbench.editor.open('train.py');
  const before = await waitForFindings(
    workbench,
    (rows) => new Set(rows.map((row) => row.rule)).size === rules.length,
  );
  assert.deepEqual([...new Set(before.map((row) => row.rule))].sort(), rules);
  await workbench.editor.placeCursor(before.at(-1)?.line ?? 1);
  await workbench.editor.waitForSquiggles();
  await workbench.screenshot('loop 1 hints dark');

  await workbench.runCommand('Perjoule: Run with Energy Profile');
  const early = await panel.waitFor(
    'the run to appear',
    (facts) => facts.energyJ > 0 && facts.points > 4,
    60_000,
  );
  assert.equal(early.simulated, true);
  assert.match(await panel.text(), /simulated/i);
  const later = await panel.waitFor(
    'the curve to move and the total to grow',
    (facts) => facts.lastMs > early.lastMs + 2_000 && facts.energyJ > early.energyJ * 1.5,
  );
  assert.ok(later.points > early.points);
  await panel.waitFor('both wastes while the run lives', (facts) => {
    return (
      facts.runState === 'live' &&
      facts.waste['inputWait'] !== undefined &&
      facts.waste['hostSync'] !== undefined
    );
  });
  await workbench.waitForStatusBar(/simulated/);
  await workbench.screenshot('loop 2 live dark');

  const { facts: ended, truth } = await endedRun(workbench, panel);
  t.diagnostic(`waste against truth: ${assertTrueWaste(ended, truth)}`);
  const energyRatio = ended.energyJ / truth.energyJ;
  t.diagnostic(`energy against truth: ${energyRatio.toFixed(3)}`);
  assert.ok(Math.abs(energyRatio - 1) < 0.08, `the run's energy is ${energyRatio.toFixed(3)} of the truth`);
  assert.ok(ended.perStepJ !== null && ended.perStepJ > 0);
  await workbench.waitForStatusBar(/train\.py ended: [\d.]+ k?J · [\d.]+ J\/step · \d.* idle · simulated/);
  await workbench.screenshot('loop 3 ended dark');

  const measured = await waitForFindings(
    workbench,
    (rows) => rows.filter((row) => /\d J\b|kJ/.test(row.text)).length >= 2,
  );
  assert.ok(measured.filter((row) => /\d J\b|kJ/.test(row.text)).every((row) => /simulated/.test(row.text)));
  await workbench.screenshot('loop 4 measured hints dark');

  const fixed = await fixEverything(workbench);
  assert.ok(fixed >= 3, `${fixed} fixes`);
  await workbench.editor.save();
  await until('the fix on disk', () =>
    readFileSync(join(workbench.session.workspace, 'train.py'), 'utf8').includes('num_workers'),
  );
  await workbench.screenshot('loop 5 fixed dark');

  // A baseline proves something of the runs that begin after it was pinned.
  await workbench.page.locator('.activitybar').getByRole('tab', { name: 'Perjoule' }).click();
  await pinRun(workbench, 'train.py · run 1');
  await workbench.runCommand('Perjoule: Run with Energy Profile');
  await panel.waitFor('the second run', (facts) => facts.runId !== ended.runId && facts.energyJ > 0, 60_000);
  const second = await panel.waitFor(
    'the second run to end',
    (facts) => facts.runId !== ended.runId && facts.runState === 'ended',
    120_000,
  );
  assert.deepEqual(second.waste, {}, 'nothing is wasted any more');
  assert.ok(second.perStepJ !== null && second.perStepJ < ended.perStepJ * 0.9);

  await workbench.quickInput.pickNext('F1', '>Perjoule: Compare Runs', 'Perjoule: Compare Runs');
  await workbench.quickInput.chooseNext('train.py · run 1');
  await workbench.quickInput.choose('train.py · run 2');
  const compared = await panel.waitFor('the comparison', (facts) => facts.verdict !== null);
  assert.equal(compared.verdict, 'better');
  assert.match(await panel.text(), /less energy per step[\s\S]*simulated[\s\S]*95 % interval/);
  await workbench.screenshot('loop 6 compared dark');
  const proven = await savingsPage(workbench);
  assert.match(proven, /\d k?J \([\d.]+ m?Wh\) saved \(simulated\).* used \(simulated\) by 2 runs/);
  assert.match(
    proven,
    /train\.py, run 2 against run 1: \d+\.\d % less for each of \d+ steps after warm-up, .*\(simulated\)/,
  );
  await workbench.screenshot('loop 7 savings dark');
  const off = watch.stop();
  assert.deepEqual(off, [], 'no process of ours reached off this machine');
  assert.deepEqual(workbench.errors(), []);
});

test('the same by typing python train.py into the terminal, with no other action', async (t) => {
  const workbench = await openWorkbench(t, { vsix: [await packagedVsix()], copyOf: demo, theme: 'light' });
  const panel = new EnergyPanel(workbench);
  await untilSettled(workbench);
  await workbench.terminal.open();
  const typedAt = performance.now();
  await workbench.terminal.run('python train.py');
  const live = await panel.waitFor(
    'the run to appear by itself',
    (facts) => facts.runState === 'live',
    60_000,
  );
  t.diagnostic(`the panel shows the run ${Math.round(performance.now() - typedAt)} ms after Enter`);
  await panel.waitFor('both wastes', (facts) => {
    return (
      facts.runState === 'live' &&
      facts.waste['inputWait'] !== undefined &&
      facts.waste['hostSync'] !== undefined
    );
  });
  await workbench.screenshot('loop 7 typed live light');
  const { facts: ended, truth } = await endedRun(workbench, panel);
  assert.equal(ended.runId, live.runId, 'exactly one run');
  t.diagnostic(`waste against truth: ${assertTrueWaste(ended, truth)}`);

  await workbench.editor.open('train.py');
  const measured = await waitForFindings(
    workbench,
    (rows) => rows.length >= rules.length && rows.some((row) => /simulated GPU: [\d.]+ k?J/.test(row.text)),
  );
  await workbench.editor.placeCursor(measured.at(-1)?.line ?? 1);
  await workbench.editor.waitForSquiggles();
  await workbench.screenshot('loop 8 hints light');
  const sync = measured.find((row) => row.rule === 'sync-scalar-in-step');
  const hover = await workbench.editor.hover(sync?.line ?? 1, sync?.column ?? 1);
  assert.match(hover, /simulated/);
  assert.match(hover, /\d k?J/);
  await workbench.screenshot('loop 8 hover light');
  await workbench.page.keyboard.press('Escape');
  await fixEverything(workbench);
  await workbench.editor.save();
  await workbench.terminal.show();
  await workbench.terminal.run('python train.py');
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const fixed = await panel.waitFor(
    'the fixed run to end',
    (facts) =>
      facts.runState === 'ended' &&
      facts.runId !== ended.runId &&
      facts.perStepJ !== null &&
      facts.lastMs > 8_000,
    120_000,
  );
  assert.deepEqual(fixed.waste, {});
  t.diagnostic(`J/step before ${ended.perStepJ}, after ${fixed.perStepJ}`);
  assert.ok(fixed.perStepJ !== null && ended.perStepJ !== null && fixed.perStepJ < ended.perStepJ * 0.9);
  await workbench.screenshot('loop 9 fixed run light');

  // The panel is hidden when the comparison is asked for: it must still arrive.
  await workbench.terminal.show();
  await workbench.quickInput.pickNext('F1', '>Perjoule: Compare Runs', 'Perjoule: Compare Runs');
  await workbench.quickInput.chooseNext('train.py · run 1');
  await workbench.quickInput.choose('train.py · run 2');
  const compared = await panel.waitFor('the comparison', (facts) => facts.verdict !== null);
  assert.equal(compared.verdict, 'better');
  await workbench.screenshot('loop 10 compared light');
});
