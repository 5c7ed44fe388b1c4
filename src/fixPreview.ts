import * as vscode from 'vscode';
import type { CodeAction, TextEdit } from 'vscode-languageclient/node';
import { maskNote } from '../contracts/agentAnswers.ts';
import type { StaticFinding } from '../contracts/findings.ts';
import type { Checker } from './checker.ts';

/** The edit that the light bulb offers for a finding, as lines before and after. Nothing is written. */
export async function fixPreview(
  checker: Checker,
  uri: vscode.Uri,
  line: number,
  word: string | null,
): Promise<string> {
  const rule = word === null ? null : ((await checker.ruleNamed(word)) ?? word);
  const { findings } = await checker.findings(uri);
  const found = findings.find((finding) => finding.line === line && (rule === null || finding.rule === rule));
  if (found === undefined) throw new Error(`There is no such finding in line ${line}.`);
  if (found.fixTitle === null) throw new Error(`${found.rule} has no automatic fix here.`);
  // Opened, so that the server answers for the text that the editor holds.
  const document = await vscode.workspace.openTextDocument(uri);
  const fix = fixOf(found, await checker.quickFixes(document, line - 1));
  if (fix === undefined) throw new Error('The file has changed meanwhile; list its findings again.');
  const diff = diffOf(document, editsOf(fix));
  const applying = 'Nothing was written; a person applies it from the light bulb.';
  return [fix.title, applying, diff, ...maskNote(diff)].join('\n\n');
}

/** The one that belongs to the finding: by its rule and its place, since two findings of a line may share a title. */
const fixOf = (
  { rule, line, fixTitle }: StaticFinding,
  actions: readonly CodeAction[],
): CodeAction | undefined =>
  actions.find(
    ({ title, edit, diagnostics }) =>
      edit !== undefined &&
      title.startsWith(fixTitle ?? '') &&
      diagnostics?.some(({ code, range }) => code === rule && range.start.line === line - 1) === true,
  );

const editsOf = ({ edit }: CodeAction): readonly TextEdit[] =>
  edit?.documentChanges?.flatMap((change) => ('edits' in change ? change.edits.filter(isPlain) : [])) ?? [];

const isPlain = (edit: object): edit is TextEdit => 'newText' in edit;

const start = ({ range }: TextEdit): vscode.Position =>
  new vscode.Position(range.start.line, range.start.character);
const end = ({ range }: TextEdit): vscode.Position =>
  new vscode.Position(range.end.line, range.end.character);

function diffOf(document: vscode.TextDocument, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => start(a).compareTo(start(b)));
  const [first] = ordered;
  const last = ordered.at(-1);
  if (first === undefined || last === undefined) return 'The edit is in another file.';
  const whole = new vscode.Range(
    start(first).with({ character: 0 }),
    document.lineAt(last.range.end.line).range.end,
  );
  let after = '';
  let at = whole.start;
  for (const edit of ordered) {
    after += document.getText(new vscode.Range(at, start(edit))) + edit.newText;
    at = end(edit);
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
