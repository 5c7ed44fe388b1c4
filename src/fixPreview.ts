import * as vscode from 'vscode';
import type { StaticFinding } from '../contracts/findings.ts';

/** The edit that the light bulb offers for a finding, as lines before and after. Nothing is written. */
export async function fixPreview(
  uri: vscode.Uri,
  findings: readonly StaticFinding[],
  line: number,
  rule: string | null,
): Promise<string> {
  const found = findings.find((finding) => finding.line === line && (rule === null || finding.rule === rule));
  if (found === undefined) throw new Error(`There is no such finding in line ${line}.`);
  if (found.fixTitle === null) throw new Error(`${found.rule} has no automatic fix here.`);
  const document = await vscode.workspace.openTextDocument(uri);
  const actions = await vscode.commands.executeCommand<readonly vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    uri,
    document.lineAt(line - 1).range,
    vscode.CodeActionKind.QuickFix.value,
    mostActions,
  );
  // The editor hands actions on without the findings they belong to; the caveat stands behind the title.
  const { fixTitle } = found;
  const fix = actions.find(({ title, edit }) => edit !== undefined && title.startsWith(fixTitle));
  if (fix?.edit === undefined) throw new Error('The file has changed meanwhile; list its findings again.');
  const applying = 'Nothing was written; a person applies it from the light bulb.';
  return [fix.title, applying, diffOf(document, fix.edit)].join('\n\n');
}

/** So many are resolved to their edits. */
const mostActions = 20;

function diffOf(document: vscode.TextDocument, edit: vscode.WorkspaceEdit): string {
  const ordered = edit.get(document.uri).sort((a, b) => a.range.start.compareTo(b.range.start));
  const [first] = ordered;
  const last = ordered.at(-1);
  if (first === undefined || last === undefined) return 'The edit is in another file.';
  const whole = new vscode.Range(
    first.range.start.with({ character: 0 }),
    document.lineAt(last.range.end.line).range.end,
  );
  let after = '';
  let at = whole.start;
  for (const { range, newText } of ordered) {
    after += document.getText(new vscode.Range(at, range.start)) + newText;
    at = range.end;
  }
  after += document.getText(new vscode.Range(at, whole.end));
  const signed = (text: string, sign: string): readonly string[] =>
    text.split(/\r?\n/).map((row) => `${sign}${row}`);
  return [
    `@@ line ${whole.start.line + 1} of ${vscode.workspace.asRelativePath(document.uri)} @@`,
    ...signed(document.getText(whole), '-'),
    ...signed(after, '+'),
  ].join('\n');
}
