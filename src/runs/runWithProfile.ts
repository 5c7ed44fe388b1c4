import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { quoteArgument } from './commandLine.ts';
import { findPython } from './python.ts';
import type { TerminalRuns } from './terminalRuns.ts';

/** How long a new terminal may take to become ready for commands, in milliseconds. */
const shellIntegrationWaitMs = 5_000;

function shellIntegration(terminal: vscode.Terminal): Promise<vscode.TerminalShellIntegration | undefined> {
  if (terminal.shellIntegration !== undefined) return Promise.resolve(terminal.shellIntegration);
  return new Promise((resolve) => {
    const done = (value: vscode.TerminalShellIntegration | undefined): void => {
      clearTimeout(timer);
      subscription.dispose();
      resolve(value);
    };
    const subscription = vscode.window.onDidChangeTerminalShellIntegration((event) => {
      if (event.terminal === terminal) done(event.shellIntegration);
    });
    const timer = setTimeout(() => done(undefined), shellIntegrationWaitMs);
  });
}

/** The Python file meant: the one clicked on, else the one in the active editor. */
async function scriptToRun(resource: unknown): Promise<vscode.TextDocument | undefined> {
  const uri = resource instanceof vscode.Uri ? resource : vscode.window.activeTextEditor?.document.uri;
  if (uri === undefined) return undefined;
  const document = await vscode.workspace.openTextDocument(uri);
  return document.languageId === 'python' ? document : undefined;
}

/** Runs the script in a terminal, as the user would; the terminal's events do the rest. */
export async function runWithProfile(terminals: TerminalRuns, resource: unknown): Promise<void> {
  if (!vscode.workspace.isTrusted) {
    void vscode.window.showInformationMessage(
      'Restricted Mode starts nothing. Trust this workspace to run its scripts.',
    );
    return;
  }
  const document = await scriptToRun(resource);
  if (document === undefined || document.uri.scheme !== 'file') {
    void vscode.window.showInformationMessage(
      'Open a Python file on disk, then run it with the energy profile.',
    );
    return;
  }
  if (document.isDirty && !(await document.save())) return;
  const python = await findPython(document.uri);
  if (python === undefined) {
    const choose = 'Open Setting';
    const answer = await vscode.window.showErrorMessage(
      'No Python interpreter was found on the path or in the Python extension. Set one in "perjoule.runs.pythonPath".',
      choose,
    );
    if (answer === choose) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'perjoule.runs.pythonPath');
    }
    return;
  }
  const script = document.uri.fsPath;
  const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath ?? dirname(script);
  const terminal = vscode.window.createTerminal({
    name: `Energy: ${basename(script)}`,
    cwd: folder,
    iconPath: new vscode.ThemeIcon('zap'),
  });
  terminals.markOurs(terminal);
  terminal.show(true);
  const integration = await shellIntegration(terminal);
  if (integration !== undefined) {
    integration.executeCommand(python, [script]);
    return;
  }
  const shell = /pwsh|powershell/i.test(vscode.env.shell) ? 'powershell' : 'posix';
  const command = [python, script].map((word) => quoteArgument(word, shell)).join(' ');
  await terminals.followTyped(terminal, command, folder);
  terminal.sendText(shell === 'powershell' ? `& ${command}` : command);
}
