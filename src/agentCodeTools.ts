/** What the editor's tools for language models answer about code: only of the workspace, and without running anything. */

import * as vscode from 'vscode';
import { findingsAnswer, problemsAnswer } from '../contracts/agentAnswers.ts';
import type { StaticFinding } from '../contracts/findings.ts';
import { leadsOut, mayNotBeListed } from '../contracts/insideFolder.ts';
import { type FileProblem, problemCodes } from '../contracts/lspExtensions.ts';
import { unknownName } from '../contracts/nearestName.ts';
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
  if (path === null) {
    const shown = diagnosed();
    return {
      ...findingsAnswer(shown.filter(({ rule }) => !isProblem(rule))),
      ...problemsAnswer(
        shown.filter(({ rule }) => isProblem(rule)).map(({ rule: _code, ...problem }) => problem),
      ),
      note: 'Of the files that the window lists; name a file or folder for others.',
    };
  }
  const { uri, isFolder } = await workspacePath(path);
  const checker = await needChecker();
  if (!isFolder) {
    const { findings, problems } = await checker.findings(uri, true);
    return {
      ...findingsAnswer(findings.map((finding) => told(uri, finding))),
      ...problemsAnswer(toldProblems(problems)),
    };
  }
  const { files, problems } = await filesBelow(checker, uri);
  // Nothing looked at is not nothing found.
  if (files.length === 0 && problems.length === 0)
    throw new Error(`No Python file is known in "${path}" yet; name a file.`);
  const findings: object[] = [];
  // The project file of many is told of once.
  const all = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  for (const file of files.slice(0, mostFiles)) {
    const found = await checker.findings(file);
    findings.push(...found.findings.map((finding) => told(file, finding)));
    for (const problem of found.problems) all.set(JSON.stringify(problem), problem);
  }
  return {
    ...findingsAnswer(findings),
    ...problemsAnswer(toldProblems([...all.values()])),
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

/** A project file above the workspace is followed and not told of: only what lies in the workspace is. */
const toldProblems = (problems: readonly FileProblem[]): readonly object[] =>
  problems
    .filter(({ path }) => vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)) !== undefined)
    .map(({ path, ...problem }) => ({ path: vscode.workspace.asRelativePath(path), ...problem }));

const isProblem = (code: string): boolean => problemCodes.some((known) => known === code);

/** What the window shows; the name of a rule or the code of a problem. */
const diagnosed = (): readonly { readonly rule: string; readonly path: string }[] =>
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
async function filesBelow(
  checker: Checker,
  folder: vscode.Uri,
): Promise<{ readonly files: readonly vscode.Uri[]; readonly problems: readonly FileProblem[] }> {
  const { paths, unlisted } = await checker.workspaceFiles();
  const isBelow = ({ path }: vscode.Uri): boolean =>
    path.startsWith(folder.path.endsWith('/') ? folder.path : `${folder.path}/`);
  const uris = (of: readonly string[]): readonly vscode.Uri[] => of.map((path) => vscode.Uri.file(path));
  const below = uris(paths).filter(isBelow);
  const reached = await Promise.all(
    below.map((uri) =>
      workspacePath(uri.fsPath).then(
        () => true,
        () => false,
      ),
    ),
  );
  const told = (message: string) => (uri: vscode.Uri) => ({ path: uri.fsPath, cell: null, line: 1, message });
  return {
    files: below.filter((_, at) => reached[at]),
    problems: [
      ...below.filter((_, at) => !reached[at]).map(told(leadsOut)),
      ...uris(unlisted)
        .filter((uri) => uri.path === folder.path || isBelow(uri))
        .map(told(mayNotBeListed)),
    ],
  };
}

/** The page of a rule or of a kind of waste. @throws Error that names what there is */
export async function namedPage(
  { extensionUri, needChecker }: { readonly extensionUri: vscode.Uri; needChecker(): Promise<Checker> },
  name: string,
): Promise<string> {
  const docs = vscode.Uri.joinPath(extensionUri, 'docs');
  const waste = wastePageNamed(name);
  if (waste !== undefined) return pageText(vscode.Uri.joinPath(docs, 'teach', `${waste}.md`));
  const rule = await (await needChecker()).ruleNamed(name);
  if (rule !== null) return pageText(vscode.Uri.joinPath(docs, 'rules', `${rule}.md`));
  const names = await Promise.all(
    ['rules', 'teach'].map((folder) => pagesIn(vscode.Uri.joinPath(docs, folder))),
  );
  throw new Error(unknownName('rule or kind of waste', name, names.flat()));
}

const pagesIn = async (folder: vscode.Uri): Promise<readonly string[]> =>
  (await vscode.workspace.fs.readDirectory(folder))
    .filter(([file]) => file.endsWith('.md'))
    .map(([file]) => file.slice(0, -'.md'.length));

/** Marks for the generator say nothing to a reader. */
const pageText = async (page: vscode.Uri): Promise<string> =>
  new TextDecoder().decode(await vscode.workspace.fs.readFile(page)).replaceAll(/<!--.*?-->(?:\r?\n)+/gs, '');
