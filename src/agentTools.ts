/** The tools for the editor's language models: the same table as `perjoule mcp`, answered by what this window has. */

import * as vscode from 'vscode';
import { comparisonAnswer, runAnswer } from '../contracts/agentAnswers.ts';
import { type AgentTool, agentToolNames, agentTools, editorToolName } from '../contracts/agentTools.ts';
import { runNamed } from '../contracts/runNamed.ts';
import type { RunSummary } from '../contracts/runs.ts';
import type { Checker } from './checker.ts';
import { fixPreview } from './fixPreview.ts';
import type { SamplerLink } from './samplerLink.ts';

type Input = Readonly<Record<string, unknown>>;

const runsSearched = 1000;
const runsListed = 20;

export interface AgentToolParts {
  readonly extensionUri: vscode.Uri;
  readonly link: SamplerLink;
  readonly needChecker: () => Promise<Checker>;
}

/** All of them read only, so that no answer needs a question to the user. */
export function registerAgentTools(parts: AgentToolParts): vscode.Disposable {
  const answers: Readonly<Record<AgentTool, (input: Input) => Promise<string>>> = {
    list_findings: (input) => listFindings(parts, input),
    explain_rule: (input) => rulePage(parts.extensionUri, textOf(input, 'rule')),
    preview_fix: async (input) => {
      const uri = await fileInside(textOf(input, 'path'));
      const rule = input['rule'] === undefined ? null : textOf(input, 'rule');
      const { findings } = await (await parts.needChecker()).findings(uri);
      return fixPreview(uri, findings, Number(textOf(input, 'line')), rule);
    },
    list_runs: async ({ limit }) => {
      const most = Number.isInteger(limit) ? Math.min(Math.max(Number(limit), 1), runsSearched) : runsListed;
      return json((await parts.link.request('listRuns', { limit: most })).map(runAnswer));
    },
    run_report: async (input) => {
      const { runId } = await run(parts.link, textOf(input, 'run'));
      const written = await parts.link.request('report', { runId, intensity: null });
      return written?.markdown ?? 'The run was deleted meanwhile.';
    },
    compare_runs: async (input) => {
      const baseline = await run(parts.link, textOf(input, 'baseline'));
      const later = await run(parts.link, textOf(input, 'run'));
      const ids = { baselineRunId: baseline.runId, runId: later.runId };
      return json(comparisonAnswer(await parts.link.request('compare', ids)));
    },
    savings: async () => (await parts.link.request('savings', null)).markdown,
  };
  return vscode.Disposable.from(
    ...agentToolNames.map((name) =>
      vscode.lm.registerTool<Input>(editorToolName(name), {
        prepareInvocation: () => ({ invocationMessage: agentTools[name].title }),
        invoke: async ({ input }) =>
          new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(await answers[name](input))]),
      }),
    ),
  );
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** @throws Error that tells a model what it passed wrongly */
function textOf(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`"${name}" must be a text.`);
}

async function run(link: SamplerLink, word: string): Promise<RunSummary> {
  const found = runNamed(await link.request('listRuns', { limit: runsSearched }), word);
  if (found !== undefined) return found;
  throw new Error('There is no such run; list the runs first.');
}

/** A file of the workspace, by an absolute path or one relative to a folder of it. */
async function fileInside(path: string): Promise<vscode.Uri> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const absolute = path.startsWith('/') || /^[a-z]:[\\/]/i.test(path);
    const uri = absolute
      ? folder.uri.with({ path: vscode.Uri.file(path).path })
      : vscode.Uri.joinPath(folder.uri, path);
    if (vscode.workspace.getWorkspaceFolder(uri) === undefined) continue;
    const there = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (there) return uri;
  }
  throw new Error(`There is no "${path}" in the workspace, and only that is read.`);
}

/** Of one file as the checker sees it now; without a path what is marked in the window. */
async function listFindings({ needChecker }: AgentToolParts, input: Input): Promise<string> {
  if (input['path'] === undefined) {
    const marked = vscode.languages.getDiagnostics().flatMap(([uri, diagnostics]) =>
      diagnostics
        .filter(({ source }) => source === 'perjoule')
        .map(({ range, message, code }) => ({
          rule: typeof code === 'object' ? String(code.value) : String(code),
          path: vscode.workspace.asRelativePath(uri),
          line: range.start.line + 1,
          message,
        })),
    );
    return json({
      findings: marked,
      note: 'Of the files that the window lists; name a path for another one.',
    });
  }
  const uri = await fileInside(textOf(input, 'path'));
  const { findings } = await (await needChecker()).findings(uri);
  return json({
    findings: findings.map(({ rule, line, message, severity, confidence, fixTitle }) => ({
      rule,
      path: vscode.workspace.asRelativePath(uri),
      line,
      message,
      severity,
      certainty: confidence,
      fix: fixTitle,
    })),
  });
}

async function rulePage(extensionUri: vscode.Uri, rule: string): Promise<string> {
  if (!/^[a-z0-9-]{1,80}$/.test(rule)) throw new Error('That is no name of a rule.');
  const page = vscode.Uri.joinPath(extensionUri, 'docs', 'rules', `${rule}.md`);
  const bytes = await vscode.workspace.fs.readFile(page).then(
    (read) => read,
    () => undefined,
  );
  if (bytes === undefined) throw new Error(`There is no rule "${rule}".`);
  return new TextDecoder().decode(bytes).replace(/^<!--.*?-->\r?\n/s, '');
}
