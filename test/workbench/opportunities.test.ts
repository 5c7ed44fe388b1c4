// The list of opportunities in the real VS Code: ranked, walked by keyboard, fixed, dismissed, shown again, and true to
// the text as it is typed.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { onlyRules } from '../protocol/onlyRules.ts';
import { rulesOfTrainScript, trainScript } from '../protocol/scripts.ts';
import { demoTrace } from './demoTrace.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { OpportunityList } from './opportunityList.ts';
import { waitForFindings } from './problemRows.ts';
import { untilSettled } from './settled.ts';

const longName = 'experiments/vision/distillation_with_teacher_forcing_and_mixed_precision_schedule_v2.py';
/** A wait that a rule in preview knows, and a loader of which too little is known. */
const unsure = `import argparse
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

parser = argparse.ArgumentParser()
parser.add_argument("--workers", type=int, default=0)
args = parser.parse_args()


class DistillationTrainer:
    def train_one_epoch_with_teacher(self, model, device=torch.device("cuda")):
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        data = datasets.MNIST("data", transform=transforms.ToTensor())
        loader = DataLoader(data, num_workers=args.workers)
        for images, labels in loader:
            loss = model(images.to(device)).sum()
            loss.backward()
            optimizer.step()
            torch.cuda.synchronize()


if __name__ == "__main__":
    DistillationTrainer().train_one_epoch_with_teacher(torch.nn.Linear(4, 4).cuda())
`;

const fewRules = onlyRules(...rulesOfTrainScript, 'explicit-synchronize-in-loop');

function project(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pj-opportunities-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const lineOf = (part: string): number => trainScript.split('\n').findIndex((line) => line.includes(part)) + 1;
const syncLine = lineOf('loss.item()');

async function cursorOn(workbench: Workbench, line: number): Promise<void> {
  await workbench.waitForStatusBar(`Ln ${line},`);
}

test('advice and marks in one ranked list: walked, dismissed, undone and shown again by keyboard', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: project(t, { 'pyproject.toml': fewRules, 'train.py': trainScript, [longName]: unsure }),
    theme: 'dark',
  });
  const { editor } = workbench;
  const list = new OpportunityList(workbench);

  await untilSettled(workbench);
  await list.focus();
  const rows = await list.waitFor('both files', (all) => all.some((row) => row.includes('not marked')));
  assert.match(rows[0] ?? '', /^train\.py, 3 opportunities/);
  assert.match(rows[1] ?? '', /^(sync-scalar-in-step|eval-without-no-grad), warning, line \d+\. /);
  const advice = rows.slice(rows.findIndex((row) => row.startsWith('distillation')) + 1);
  assert.match(advice[0] ?? '', /^explicit-synchronize-in-loop, preview, not marked, line 20\. /);
  assert.match(advice[1] ?? '', /^loader-no-workers, unsure, not marked, line 15\. /);
  await workbench.screenshot('opportunities by file dark');

  // From the list into the text, and the mark is there; advice opens unmarked.
  await list.take(/^sync-scalar-in-step/);
  await cursorOn(workbench, syncLine);
  assert.ok((await editor.waitForSquiggles()).some(({ line }) => line === syncLine));
  await list.focus();
  await list.take(/^explicit-synchronize-in-loop/);
  await cursorOn(workbench, 20);
  await until('the text to be looked at', async () =>
    (await editor.visibleLines()).some((line) => line.includes('synchronize')),
  );
  assert.deepEqual(await editor.squiggles(), []);

  // Advice is fixed from the list and explained: nobody sees a light bulb on a line without a mark.
  await list.menu(/^explicit-synchronize-in-loop/, 'Fix…');
  const offers = workbench.page.locator('.action-widget .monaco-list-row.action');
  await until('the fix', async () =>
    (await offers.allInnerTexts()).some((title) =>
      title.replaceAll('\u00a0', ' ').includes('Delete the call'),
    ),
  );
  await workbench.screenshot('opportunities fix dark');
  await workbench.page.keyboard.press('Escape');
  await list.menu(/^loader-no-workers, unsure/, 'Explain Rule');
  const page = await workbench.webviewFrame('.markdown-body');
  await until('the page of the rule', async () =>
    (await page.locator('body').innerText()).includes('loader-no-workers'),
  );

  // Dismissed from the list's own menu, taken back by the button of the message.
  await list.menu(/^sync-scalar-in-step/, 'Intended Here: Hide This Rule in the Function');
  await list.waitFor('it to go', (all) => all.every((row) => !row.startsWith('sync-scalar')));
  await workbench.waitForNotification(/"sync-scalar-in-step" is hidden in main\(\)/);
  await workbench.screenshot('opportunities dismissed dark');
  // The pointer rests on the bell, whose own hover may lie over the button.
  await workbench.page.mouse.move(600, 400);
  await workbench.pressButton('Undo');
  await list.waitFor('it to be back', (all) => all.some((row) => row.startsWith('sync-scalar')));

  // Dismissed from the light bulb: gone from the text and the list, also after the window has gone and come back.
  await editor.open('train.py');
  await editor.applyFix(syncLine, 'Intended here: hide sync-scalar-in-step in main()', 20);
  await editor.waitForSquiggles((all) => all.length > 0 && all.every(({ line }) => line !== syncLine));
  await workbench.reloadWindow();
  await editor.waitForSquiggles((all) => all.length > 0 && all.every(({ line }) => line !== syncLine));
  await list.focus();
  const reloaded = await list.waitFor('the list after a reload', (all) =>
    all.some((row) => row.includes('unsure')),
  );
  assert.ok(
    reloaded.every((row) => !row.startsWith('sync-scalar')),
    reloaded.join('\n'),
  );
  await list.expand(/^Dismissed, 1 entry/);
  await list.waitFor('what is dismissed', (all) =>
    all.some((row) => /^sync-scalar-in-step, main\(\) · intended · train\.py$/.test(row)),
  );
  await workbench.screenshot('opportunities dismissed open dark');
  await list.menu(/^sync-scalar-in-step, main/, 'Show Again');
  await list.waitFor('it to be shown again', (all) =>
    all.some((row) => /^sync-scalar-in-step, information/.test(row)),
  );

  // All hints of a function, and back by the palette.
  await editor.open('train.py');
  await editor.applyFix(syncLine, 'Tiny data: hide all hints in main()', 20);
  await list.waitFor('the function to fall silent', (all) =>
    all.every((row) => !row.startsWith('sync-scalar') && !/^loader-no-workers, info/.test(row)),
  );
  await workbench.quickInput.pickNext(
    'F1',
    '>Perjoule: Show Dismissed Hints',
    'Perjoule: Show Dismissed Hints',
  );
  await until('the tick', async () => {
    // A click that is taken late must not be followed by one that takes it back.
    if (await workbench.page.getByText('1 Selected').isVisible()) return true;
    await workbench.quickInput.chooseNext('All hints');
    return workbench.page
      .getByText('1 Selected')
      .waitFor({ timeout: 5_000 })
      .then(() => true);
  });
  await workbench.quickInput.accept();
  await waitForFindings(workbench, (all) => all.some(({ line }) => line === syncLine));

  // By rule, and as the text changes.
  await list.focus();
  await list.press('Group by Rule');
  const byRule = await list.waitFor('the rules', (all) =>
    all.some((row) => /^loader-no-workers, 2 opportunities/.test(row)),
  );
  assert.ok(
    byRule.some((row) => row.includes('train.py line')),
    byRule.join('\n'),
  );
  await workbench.screenshot('opportunities by rule dark');
  await editor.open('train.py');
  await editor.placeCursor(syncLine);
  await workbench.page.keyboard.press('Control+Shift+k');
  await list.waitFor('the deleted line to go', (all) => all.every((row) => !row.startsWith('sync-scalar')));
  assert.deepEqual(workbench.errors(), []);
});

test('an empty list says what it is for; hints that are off say so', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'plain.py': 'print("no GPU here")\n' },
    theme: 'light',
  });
  const list = new OpportunityList(workbench);
  await untilSettled(workbench);
  await list.focus();
  await list.waitForWelcome(/waste that a run has measured, in joules/);
  await workbench.waitForWelcome('Runs', /No runs recorded yet/);
  await workbench.screenshot('opportunities empty light');
  const { workspace } = workbench.session;
  mkdirSync(join(workspace, '.vscode'));
  writeFileSync(join(workspace, '.vscode', 'settings.json'), '{"perjoule.hints.enable": false}\n');
  await list.waitForWelcome(/Hints are switched off/);
  assert.deepEqual(workbench.errors(), []);
});

test('what a run has measured comes first, with its joules and the word simulated; what a trace retires sinks', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
    theme: 'light',
  });
  const panel = new EnergyPanel(workbench);
  await untilSettled(workbench);
  await workbench.terminal.open();
  await workbench.terminal.run('python train.py --epochs 1 --steps 24');
  await panel.waitFor('the run to end', (facts) => facts.runState === 'ended', 90_000);
  const list = new OpportunityList(workbench);
  await list.focus();
  const rows = await list.waitFor('joules', (all) => all.some((row) => /J simulated \(/.test(row)), 60_000);
  assert.match(rows[0] ?? '', /^train\.py/);
  assert.match(rows[1] ?? '', /^[\w-]+, \d[\d.]* k?J simulated \(\d[\d.]* %\), warning, line \d+\. /);
  await workbench.screenshot('opportunities measured light');
  // What mending an open one would save stands beside it, and that this is a model.
  const modelled =
    /Waiting for input\s+[\d.]+ k?J[\s\S]*?Modelled: [\d.]+ k?J to [\d.]+ k?J less, if [\s\S]*?train\.py\s*:\d+\s/;
  await until('the modelled saving', async () =>
    modelled.test((await panel.text()).replaceAll('\u00a0', ' ')),
  );

  // What traces of the profiler say beside the run: the place waits, or it does not.
  const { workspace } = workbench.session;
  const script = readFileSync(join(workspace, 'train.py'), 'utf8');
  const openTrace = async (name: string, waitUs: number): Promise<void> => {
    writeFileSync(join(workspace, name), demoTrace('train.py', script, 'main', waitUs));
    await workbench.quickInput.pickNext(
      'F1',
      '>Perjoule: Open Profiler Trace beside Run',
      'Perjoule: Open Profiler Trace beside Run…',
    );
    await workbench.quickInput.chooseNext('train.py · run 1');
    await workbench.quickInput.path(join(workspace, name));
    await list.focus();
  };
  await openTrace('waits.json', 3000);
  const confirmed = await list.waitFor('the time waited', (all) => all.some((row) => / by trace/.test(row)));
  assert.match(
    confirmed.find((row) => row.startsWith('sync-scalar')) ?? '',
    /J simulated .* · 3\.00 ms a step by trace, warning.* Confirmed by profiler trace “waits\.json”: the host waited 3\.00 ms a step in 8 calls, 15 % of the traced time, all in main,/,
  );
  await workbench.screenshot('opportunities traced light');
  await openTrace('idles.json', 2);
  const sunk = await list.waitFor('the retired one', (all) => all.some((row) => /retired/.test(row)));
  assert.match(
    sunk.filter((row) => row.includes(', line ')).at(-1) ?? '',
    /^sync-scalar-in-step, retired by trace, hint, .* Retired by profiler trace “idles\.json”/,
  );
  await workbench.runCommand('Perjoule: Clear Joules and Trace Verdicts from the Editor');
  await list.focus();
  await list.waitFor('it to be as before', (all) =>
    all.some((row) => /^sync-scalar-in-step, .*J simulated/.test(row)),
  );
  assert.deepEqual(workbench.errors(), []);
});

test('folders of one workspace are told apart; files that come and go are listed and unlisted', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: project(t, {
      'vision/pyproject.toml': fewRules,
      'vision/train.py': trainScript,
      'language/pyproject.toml': fewRules,
      'language/train.py': trainScript,
      'both.code-workspace': '{"folders": [{"path": "vision"}, {"path": "language"}]}\n',
    }),
    theme: 'light',
  });
  const { workspace } = workbench.session;
  await workbench.openFolders(join(workspace, 'both.code-workspace'));
  // The window before, left in the middle of its start, has complained by itself.
  const complained = workbench.errors().length;
  const list = new OpportunityList(workbench);
  await workbench.editor.open('train.py');
  await workbench.editor.waitForSquiggles();
  await list.focus();
  const rows = await list.waitFor(
    'both folders',
    (all) => all.filter((row) => row.startsWith('train.py')).length === 2,
  );
  assert.deepEqual(rows.filter((row) => row.startsWith('train.py')).sort(), [
    'train.py in language, 3 opportunities',
    'train.py in vision, 3 opportunities',
  ]);
  await workbench.screenshot('opportunities two folders light');
  writeFileSync(join(workspace, 'language', 'fresh.py'), trainScript);
  await list.waitFor('the new file', (all) => all.some((row) => row.startsWith('fresh.py in language, 3')));
  rmSync(join(workspace, 'language', 'fresh.py'));
  await list.waitFor('the file to go', (all) => all.every((row) => !row.startsWith('fresh.py')));
  assert.deepEqual(workbench.errors().slice(complained), []);
});
