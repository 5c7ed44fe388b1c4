/** What the editor's tools for language models answer about code: only of the workspace, and without running anything. */

import * as vscode from 'vscode';
import { findingsAnswer } from '../contracts/agentAnswers.ts';
import type { StaticFinding } from '../contracts/findings.ts';
import { sameName, unknownName } from '../contracts/nearestName.ts';
import { wastePageNamed } from '../contracts/teach.ts';
import type { Checker } from './checker.ts';
import { workspacePath } from './workspacePath.ts';

/** Files of a folder that one answer looks at. */
const mostFiles = 1000;

/** Of a file or a folder as the checker sees it now; without a path what is marked in the window. */
export async function listFindings(
  needChecker: () => Promise<Checker>,
  path: string | null,
): Promise<object> {
  if (path === null)
    return {
      ...findingsAnswer(marked()),
      note: 'Of the files that the window lists; name a file or folder for others.',
    };
  const { uri, isFolder } = await workspacePath(path);
  const checker = await needChecker();
  if (!isFolder) {
    if (!/\.(?:pyw?|ipynb)$/i.test(uri.path)) throw new Error(`"${path}" is no Python file and no notebook.`);
    return findingsAnswer((await checker.findings(uri)).findings.map((finding) => told(uri, finding)));
  }
  const files = await filesBelow(checker, uri);
  // Nothing looked at is not nothing found.
  if (files.length === 0) throw new Error(`No Python file is known in "${path}" yet; name a file.`);
  const findings: object[] = [];
  for (const file of files.slice(0, mostFiles))
    findings.push(...(await checker.findings(file)).findings.map((finding) => told(file, finding)));
  return {
    ...findingsAnswer(findings),
    files: Math.min(files.length, mostFiles),
    filesLeftOut: Math.max(0, files.length - mostFiles),
    note: 'Notebooks of a folder are left out; name one to have it checked.',
  };
}

const told = (
  uri: vscode.Uri,
  { rule, line, message, severity, confidence, fixTitle }: StaticFinding,
): object => ({
  rule,
  path: vscode.workspace.asRelativePath(uri),
  line,
  message,
  severity,
  certainty: confidence,
  fix: fixTitle,
});

const marked = (): readonly object[] =>
  vscode.languages.getDiagnostics().flatMap(([uri, diagnostics]) =>
    diagnostics
      .filter(({ source }) => source === 'perjoule')
      .map(({ range, message, code }) => ({
        rule: typeof code === 'object' ? String(code.value) : String(code),
        path: vscode.workspace.asRelativePath(uri),
        line: range.start.line + 1,
        message,
      })),
  );

/** The Python files that a look at the whole workspace means, as far as they lie in the folder: no link leads out of it. */
async function filesBelow(checker: Checker, folder: vscode.Uri): Promise<readonly vscode.Uri[]> {
  const { paths } = await checker.workspaceFiles();
  const below = paths
    .map((path) => vscode.Uri.file(path))
    .filter(({ path }) => path.startsWith(folder.path.endsWith('/') ? folder.path : `${folder.path}/`));
  const reached = await Promise.all(
    below.map((uri) =>
      workspacePath(uri.fsPath).then(
        () => uri,
        () => undefined,
      ),
    ),
  );
  return reached.filter((uri) => uri !== undefined);
}

/** The page of a rule or of a kind of waste. @throws Error that names what there is */
export async function namedPage(extensionUri: vscode.Uri, name: string): Promise<string> {
  const docs = vscode.Uri.joinPath(extensionUri, 'docs');
  const waste = wastePageNamed(name);
  if (waste !== undefined) return pageText(vscode.Uri.joinPath(docs, 'teach', `${waste}.md`));
  const names = await Promise.all(
    ['rules', 'teach'].map((folder) => pagesIn(vscode.Uri.joinPath(docs, folder))),
  );
  const rule = sameName(name, names[0] ?? []);
  if (rule !== undefined) return pageText(vscode.Uri.joinPath(docs, 'rules', `${rule}.md`));
  throw new Error(unknownName('rule or kind of waste', name, names.flat()));
}

const pagesIn = async (folder: vscode.Uri): Promise<readonly string[]> =>
  (await vscode.workspace.fs.readDirectory(folder))
    .filter(([file]) => file.endsWith('.md'))
    .map(([file]) => file.slice(0, -'.md'.length));

/** Marks for the generator say nothing to a reader. */
const pageText = async (page: vscode.Uri): Promise<string> =>
  new TextDecoder().decode(await vscode.workspace.fs.readFile(page)).replaceAll(/<!--.*?-->(?:\r?\n)+/gs, '');
