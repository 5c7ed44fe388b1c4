import * as vscode from 'vscode';

/** Opens a file at a line (from 1) and puts the cursor on its first word. */
export async function openPlace(path: string, line: number): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const row = Math.min(Math.max(line - 1, 0), document.lineCount - 1);
  const at = new vscode.Position(row, document.lineAt(row).firstNonWhitespaceCharacterIndex);
  return await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at) });
}

/** Opens the place, puts the cursor on the rule's mark and opens the light bulb: the user picks and sees the edit. */
export async function fixPlace(path: string, line: number, rule: string): Promise<void> {
  const editor = await openPlace(path, line);
  const mark = vscode.languages
    .getDiagnostics(editor.document.uri)
    .filter((diagnostic) => ruleOf(diagnostic) === rule)
    .sort((a, b) => Math.abs(a.range.start.line + 1 - line) - Math.abs(b.range.start.line + 1 - line))[0];
  if (mark !== undefined) editor.selection = new vscode.Selection(mark.range.start, mark.range.start);
  await vscode.commands.executeCommand('editor.action.quickFix');
}

function ruleOf({ code }: vscode.Diagnostic): string | undefined {
  const value = typeof code === 'object' ? code.value : code;
  return value === undefined ? undefined : String(value);
}
