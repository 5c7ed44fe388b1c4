import * as vscode from 'vscode';
import type { RunLabels, RunSummary } from '../../contracts/runs.ts';
import type { SamplerLink } from '../samplerLink.ts';
import { tagsOf } from './runFilter.ts';
import { runTitle } from './runText.ts';

interface Question {
  readonly prompt: string;
  readonly before: (run: RunSummary) => string;
  readonly labels: (typed: string) => Partial<RunLabels>;
}

export const questions = {
  name: { prompt: 'Name', before: ({ name }) => name, labels: (name) => ({ name }) },
  note: { prompt: 'Note', before: ({ note }) => note ?? '', labels: (note) => ({ note }) },
  tags: {
    prompt: 'Tags, with commas between them',
    before: ({ tags }) => (tags ?? []).join(', '),
    labels: (typed) => ({ tags: tagsOf(typed) }),
  },
} satisfies Record<string, Question>;

/** Later runs of the same script are held against a pinned one. */
export async function pinBaseline(
  link: SamplerLink,
  run: RunSummary | undefined,
  baseline: boolean,
): Promise<void> {
  if (run !== undefined) await link.request('labelRun', { runId: run.runId, labels: { baseline } });
}

/** Asks for the new text and keeps it with the run; nothing changes when the user turns away. */
export async function labelRun(
  link: SamplerLink,
  run: RunSummary | undefined,
  { prompt, before, labels }: Question,
): Promise<void> {
  if (run === undefined) return;
  const typed = await vscode.window.showInputBox({
    title: runTitle(run),
    prompt,
    value: before(run),
    // The menu that it was chosen from takes the focus back for a moment.
    ignoreFocusOut: true,
  });
  if (typed !== undefined) await link.request('labelRun', { runId: run.runId, labels: labels(typed) });
}
