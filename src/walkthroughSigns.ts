import * as vscode from 'vscode';

/** What a step of the walkthrough waits for, as the manifest names it. */
type Sign = 'perjoule.pythonOpened' | 'perjoule.runRecorded';

const given = new Set<Sign>();

/** Ticks a step of the walkthrough that is done by doing. */
export function giveSign(sign: Sign): void {
  if (given.has(sign)) return;
  given.add(sign);
  void vscode.commands.executeCommand('setContext', sign, true);
}
