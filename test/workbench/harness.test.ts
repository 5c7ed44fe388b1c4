// The harness tested against a throw-away extension: when this fails, no other workbench test means anything.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { openWorkbench } from './harness/workbench.ts';

const EXTENSION = `
const vscode = require('vscode');
exports.activate = (context) => {
  const marks = vscode.languages.createDiagnosticCollection('throwaway');
  const look = (document) => {
    const index = document.getText().indexOf('wasteful');
    const range = new vscode.Range(document.positionAt(index), document.positionAt(index + 8));
    marks.set(document.uri, index < 0 ? [] : [new vscode.Diagnostic(range, 'A wasteful word.', vscode.DiagnosticSeverity.Warning)]);
  };
  vscode.workspace.onDidChangeTextDocument((event) => look(event.document));
  vscode.workspace.onDidOpenTextDocument(look);
  vscode.workspace.textDocuments.forEach(look);
  vscode.languages.registerCodeActionsProvider('plaintext', {
    provideCodeActions(document, range, context) {
      return context.diagnostics.map((diagnostic) => {
        const action = new vscode.CodeAction('Make it thrifty', vscode.CodeActionKind.QuickFix);
        action.edit = new vscode.WorkspaceEdit();
        action.edit.replace(document.uri, diagnostic.range, 'thrifty');
        action.diagnostics = [diagnostic];
        return action;
      });
    },
  });
  context.subscriptions.push(
    vscode.commands.registerCommand('throwaway.greet', () => vscode.window.showInformationMessage('Greetings from the host')),
    vscode.commands.registerCommand('throwaway.page', () => {
      const panel = vscode.window.createWebviewPanel('throwaway', 'Throw-away page', vscode.ViewColumn.Beside, { enableScripts: true });
      panel.webview.html = '<main id="throwaway-root"><p id="said"></p></main><script>document.getElementById("said").textContent = "drawn by a script"</script>';
    }),
  );
  const item = vscode.window.createStatusBarItem('throwaway', 1);
  item.text = 'throw-away 42 W';
  item.show();
};
`;

function packThrowAway(folder: string): string {
  const manifest = {
    name: 'throwaway',
    publisher: 'perjoule',
    version: '0.0.1',
    engines: { vscode: '^1.103.0' },
    main: './extension.js',
    activationEvents: ['onStartupFinished'],
    contributes: {
      commands: [
        { command: 'throwaway.greet', title: 'Greet', category: 'Throw-away' },
        { command: 'throwaway.page', title: 'Open Page', category: 'Throw-away' },
      ],
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'extension.js'), EXTENSION);
  writeFileSync(join(folder, 'LICENSE'), 'none');
  const vsix = join(folder, 'throwaway.vsix');
  const vsce = join(projectFolder, 'node_modules', '@vscode', 'vsce', 'vsce');
  execFileSync(
    process.execPath,
    [vsce, 'package', '--allow-missing-repository', '--no-dependencies', '--skip-license', '-o', vsix],
    { cwd: folder, stdio: 'pipe' },
  );
  return vsix;
}

test('the harness drives a real VS Code', { timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-throwaway-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const workbench = await openWorkbench(t, {
    vsix: [packThrowAway(folder)],
    files: { 'note.txt': 'first line\na wasteful word\nlast line\n' },
  });

  await workbench.editor.open('note.txt');
  assert.deepEqual((await workbench.editor.visibleLines()).slice(0, 3), [
    'first line',
    'a wasteful word',
    'last line',
  ]);
  assert.deepEqual(await workbench.editor.waitForSquiggles(), [{ line: 2, severity: 'warning' }]);
  assert.match(await workbench.waitForProblem('wasteful'), /A wasteful word/);
  await workbench.waitForStatusBar('42 W');
  assert.match(await workbench.editor.hover(2, 5), /A wasteful word/);
  assert.deepEqual(await workbench.editor.lightBulbTitles(2, 5), ['Make it thrifty']);
  await workbench.editor.applyFix(2, 'thrifty', 5);
  await workbench.editor.waitForSquiggles((squiggles) => squiggles.length === 0);
  assert.equal((await workbench.editor.visibleLines())[1], 'a thrifty word');
  await workbench.editor.save();

  await workbench.runCommand('Throw-away: Greet');
  await workbench.waitForNotification('Greetings from the host');

  await workbench.terminal.open();
  await workbench.terminal.run('python3 -c "print(6 * 7)"');
  await workbench.terminal.waitForText(/^42/);

  await workbench.runCommand('Throw-away: Open Page');
  const frame = await workbench.webviewFrame('#throwaway-root');
  assert.equal(await frame.textContent('#said'), 'drawn by a script');

  await workbench.reload();
  await workbench.waitForStatusBar('42 W');
  await workbench.editor.open('note.txt');
  assert.equal((await workbench.editor.visibleLines())[1], 'a thrifty word');
  assert.ok(statSync(await workbench.screenshot('harness')).size > 10_000);
  assert.deepEqual(workbench.errors(), []);
});
