import * as vscode from 'vscode';
import { type Dismissal, dismissalKey } from '../../contracts/opportunities.ts';
import type { Dismissals } from './dismissals.ts';
import { dismissalDescription, dismissalTitle } from './opportunityText.ts';

interface Row extends vscode.QuickPickItem {
  readonly dismissal: Dismissal;
}

/** Lists what was dismissed, the newest first; what is ticked is shown again. */
export async function showDismissed(dismissals: Dismissals): Promise<void> {
  const rows = dismissals.all.map((dismissal): Row => {
    const file = vscode.workspace.asRelativePath(vscode.Uri.parse(dismissal.uri));
    return {
      dismissal,
      label: dismissalTitle(dismissal),
      description: dismissalDescription(dismissal, undefined, file),
      detail: `Dismissed on ${new Date(dismissal.dismissedAtMs).toLocaleDateString()}`,
    };
  });
  if (rows.length === 0) {
    const how = 'Dismiss one from its light bulb or from the list of opportunities.';
    void vscode.window.showInformationMessage(`No hint is dismissed in this workspace. ${how}`);
    return;
  }
  const chosen = await vscode.window.showQuickPick(rows, {
    canPickMany: true,
    matchOnDescription: true,
    title: 'Dismissed Hints',
    placeHolder: 'Tick those that you want to see again',
  });
  if (chosen !== undefined && chosen.length > 0)
    dismissals.remove(new Set(chosen.map(({ dismissal }) => dismissalKey(dismissal))));
}
