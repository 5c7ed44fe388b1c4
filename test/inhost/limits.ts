// The entry for one sample of what a user waits for: how long the first Python file has no findings. It then shows VS
// Code's own record of activation times, for the page to read.

import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';

/** Put in when the suite is bundled for one run. */
declare const RESULTS_FILE: string;

export interface HostSample {
  /** From asking for the file to the first findings in it: client, server and parser are loaded within. */
  readonly firstFindingsMs: number;
  /** Whether the end of the start-up had activated the extension before the file was asked for. */
  readonly activeBefore: boolean;
  /** The part of it after which the file is shown: VS Code's own work. */
  readonly shownMs: number;
  /** What the window needs to show its very first file, a plain one: before it, the editor itself is not loaded. */
  readonly plainFileMs: number;
  /** Start and end of a process that does nothing, on this machine at this time. */
  readonly referenceMs: number;
}

export async function run(): Promise<void> {
  let said: HostSample | { failure: string };
  try {
    said = await sample();
    await vscode.commands.executeCommand('workbench.action.showRuntimeExtensions');
  } catch (error) {
    said = { failure: String(error) };
  }
  // Written aside and moved: whoever waits for the file never reads half of it.
  writeFileSync(`${RESULTS_FILE}.new`, JSON.stringify(said));
  renameSync(`${RESULTS_FILE}.new`, RESULTS_FILE);
  // The host stays until its window goes: the page still reads what it shows.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
}

async function sample(): Promise<HostSample> {
  if (vscode.workspace.textDocuments.some(({ languageId }) => languageId === 'python'))
    throw new Error('a Python file was open before the first one');
  const referenceMs = bareProcess();
  const asked = performance.now();
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(inFolder('plain.txt')));
  const plainFileMs = performance.now() - asked;
  const activeBefore = vscode.extensions.getExtension('perjoule.perjoule')?.isActive ?? false;
  return { ...(await firstFindings()), plainFileMs, activeBefore, referenceMs };
}

async function firstFindings(): Promise<Pick<HostSample, 'firstFindingsMs' | 'shownMs'>> {
  const uri = inFolder('first.py');
  let listener: vscode.Disposable | undefined;
  const found = new Promise<number>((resolve) => {
    listener = vscode.languages.onDidChangeDiagnostics(() => {
      if (vscode.languages.getDiagnostics(uri).some(({ source }) => source === 'perjoule'))
        resolve(performance.now());
    });
  });
  const asked = performance.now();
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  const shown = performance.now();
  const at = await found;
  listener?.dispose();
  return { firstFindingsMs: at - asked, shownMs: shown - asked };
}

function inFolder(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) throw new Error('no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

/** The middle of five. */
function bareProcess(): number {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    spawnSync(process.execPath, ['-e', '0'], { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[2] ?? Number.NaN;
}
