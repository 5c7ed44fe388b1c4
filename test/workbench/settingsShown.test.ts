// Settings of the checker as a user meets them: what is wrong in pyproject.toml is told there as it is typed, what holds
// shows in the Python file at once, and a command prints each value with who said it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { trainScript } from '../protocol/scripts.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { waitForFindings } from './problemRows.ts';
import { untilSettled } from './settled.ts';

const projectFile = `[tool.perjoule]
ignore = ["loader-no-workers"]

[tool.perjoule.severity]
sync-scalar-in-step = "error"
no-such-rule = "hint"

[tool.perjoule.assume]
os = "linux"
gpu = "NVIDIA H100"
`;

/** Rows of a table on the page, each as its cells. */
async function tableRows(workbench: Workbench, holding: string): Promise<readonly string[][]> {
  const page = await workbench.webviewFrame('.markdown-body table');
  return until(
    `the page with ${holding}`,
    async () => {
      const rows = await page
        .locator('tr')
        .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
      return rows.some((cells) => cells.includes(holding)) && rows;
    },
    20_000,
    () => page.locator('body').innerText(),
  );
}

test('the page of settings names each value and who said it', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'train.py': trainScript, 'pyproject.toml': projectFile },
    settings: { 'perjoule.hints.severity': { 'eval-without-no-grad': 'hint' } },
    theme: 'dark',
  });
  await workbench.editor.open('train.py');
  await waitForFindings(workbench, (all) => all.length === 1 && all[0]?.rule === 'sync-scalar-in-step');
  await workbench.editor.open('train.py');
  await workbench.runCommand('Perjoule: Show Checker Settings of This File');
  const rows = await tableRows(workbench, 'loader-no-workers');
  const row = (name: string): readonly string[] | undefined =>
    rows.find(([first]) => first === name)?.slice(1);
  assert.deepEqual(row('loader-no-workers'), ['no', 'pyproject.toml:2', 'information', 'default']);
  assert.deepEqual(row('sync-scalar-in-step'), ['yes', 'pyproject.toml:5', 'error', 'pyproject.toml:5']);
  assert.deepEqual(row('eval-without-no-grad'), [
    'yes',
    'perjoule.hints.severity',
    'hint',
    'perjoule.hints.severity',
  ]);
  assert.deepEqual(row('os'), ['linux', 'pyproject.toml:9']);
  assert.deepEqual(row('gpu'), ['NVIDIA H100', 'pyproject.toml:10']);
  assert.deepEqual(row('world-size'), ['not said', '']);
  await workbench.screenshot('settings page dark');
  assert.deepEqual(workbench.errors(), []);
});

test('a wrong entry is marked in pyproject.toml as it is typed, and a right one counts at once', async (t) => {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    files: { 'train.py': trainScript, 'pyproject.toml': projectFile },
    theme: 'light',
  });
  const { editor } = workbench;
  await untilSettled(workbench);
  await editor.open('pyproject.toml');
  const squiggles = await editor.waitForSquiggles();
  assert.deepEqual(squiggles, [{ line: 6, severity: 'warning' }]);
  await workbench.waitForProblem(/no-such-rule.* at line 6 /);
  await editor.open('pyproject.toml');
  await workbench.screenshot('settings wrong light');

  await editor.placeCursor(6);
  await workbench.page.keyboard.press('Control+Shift+k');
  await editor.waitForSquiggles((all) => all.length === 0);
  await editor.placeCursor(2);
  await workbench.page.keyboard.press('Control+Shift+k');
  await editor.type('ignore = ["all"]\nlines = 3\n');
  // On the way there it was no TOML at all, which is marked as well.
  await editor.waitForSquiggles((all) => all.length === 1 && all[0]?.line === 3);
  await workbench.waitForProblem(/"?lines"?.* at line 3 /);
  await editor.open('pyproject.toml');
  // Not saved, and it holds.
  await editor.open('train.py');
  await until('the train script to fall silent', async () => (await editor.squiggles()).length === 0);
  await editor.open('pyproject.toml');
  await editor.placeCursor(2);
  await workbench.page.keyboard.press('Control+Shift+k');
  await editor.open('train.py');
  await waitForFindings(workbench, (all) => all.some(({ rule }) => rule === 'loader-no-workers'));
  assert.deepEqual(workbench.errors(), []);
});
