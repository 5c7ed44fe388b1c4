/** The tools for the editor's language models: the same table as `perjoule mcp`, answered by what this window has. */

import * as vscode from 'vscode';
import { agentError, agentText, comparisonAnswer, runAnswer } from '../contracts/agentAnswers.ts';
import { type AgentTool, agentToolNames, agentTools, editorToolName } from '../contracts/agentTools.ts';
import { runNamed } from '../contracts/runNamed.ts';
import type { RunSummary } from '../contracts/runs.ts';
import { listFindings, namedPage } from './agentCodeTools.ts';
import type { Checker } from './checker.ts';
import { fixPreview } from './fixPreview.ts';
import type { SamplerLink } from './samplerLink.ts';
import { workspacePath } from './workspacePath.ts';

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
    list_findings: async (input) =>
      json(await listFindings(parts.needChecker, input['path'] === undefined ? null : textOf(input, 'path'))),
    explain_rule: (input) => namedPage(parts, textOf(input, 'rule')),
    preview_fix: async (input) => {
      const path = textOf(input, 'path');
      const { uri, isFolder } = await workspacePath(path);
      if (isFolder) throw new Error(`"${path}" is a folder; name a file.`);
      if (/\.ipynb$/i.test(uri.path))
        throw new Error('The fix of a notebook is shown and applied in its editor.');
      const rule = input['rule'] === undefined ? null : textOf(input, 'rule');
      return fixPreview(await parts.needChecker(), uri, Number(textOf(input, 'line')), rule);
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
        invoke: async ({ input }) => told(name, await answers[name](input).catch(masked)),
      }),
    ),
  );
}

/** As with `perjoule mcp`, nothing is said that was not looked through for secrets. */
const told = (tool: AgentTool, text: string): vscode.LanguageModelToolResult =>
  new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(agentText(tool, text))]);

/** @throws Error always, without secrets */
function masked(error: unknown): never {
  throw new Error(agentError(error));
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
