import * as vscode from 'vscode';
import { localTime } from '../../contracts/dateText.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { plainLabel } from '../plainLabel.ts';
import type { RunModel } from './runModel.ts';
import { runDescription, runTitle } from './runText.ts';

export async function pickRun(runs: readonly RunSummary[], title: string): Promise<RunSummary | undefined> {
  const items = runs.map((run) => ({
    label: plainLabel(runTitle(run)),
    description: plainLabel(runDescription(run)),
    detail: localTime(run.startedAtMs),
    run,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return chosen?.run;
}

const isRun = (value: unknown): value is RunSummary =>
  typeof value === 'object' && value !== null && 'runId' in value && 'startedAtMs' in value;

/**
 * The two runs meant, the earlier one as the baseline: the two selected in the list, or the one clicked and one
 * picked, or two picked. Undefined when the user turned away or there are fewer than two.
 */
export async function runsToCompare(
  model: RunModel,
  clicked: unknown,
  selected: unknown,
): Promise<{ readonly baseline: RunSummary; readonly run: RunSummary } | undefined> {
  const chosen = (Array.isArray(selected) ? selected.filter(isRun) : []).slice(0, 2);
  if (chosen.length === 0 && isRun(clicked)) chosen.push(clicked);
  const others = (): readonly RunSummary[] =>
    model.newestFirst.filter((run) => !chosen.some((other) => other.runId === run.runId));
  if (chosen.length + others().length < 2) {
    void vscode.window.showInformationMessage(
      'Two recorded runs are needed to compare. Run the script once more.',
    );
    return undefined;
  }
  while (chosen.length < 2) {
    const title =
      chosen.length === 0 ? 'Compare: first run' : `Compare ${runTitle(chosen[0] as RunSummary)} with`;
    const next = await pickRun(others(), title);
    if (next === undefined) return undefined;
    chosen.push(next);
  }
  const [baseline, run] = chosen.sort((a, b) => a.startedAtMs - b.startedAtMs);
  return baseline && run ? { baseline, run } : undefined;
}

/** Runs of two sides, oldest first. */
export interface Sides {
  readonly baseline: readonly RunSummary[];
  readonly runs: readonly RunSummary[];
}

const leastRunsASide = 2;

/** Whether so many are selected in the list that they make two sides. */
export const areSides = (selected: unknown): selected is readonly RunSummary[] =>
  Array.isArray(selected) && selected.length >= 2 * leastRunsASide && selected.every(isRun);

/** Asks which of them are the baseline; the older half is ticked. Undefined when the user turned away. */
export async function sidesToCompare(selected: readonly RunSummary[]): Promise<Sides | undefined> {
  const oldestFirst = selected.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  const items = oldestFirst.map((run, at) => ({
    label: plainLabel(runTitle(run)),
    description: plainLabel(runDescription(run)),
    picked: at < oldestFirst.length / 2,
    run,
  }));
  const title = 'Compare: which of these runs are the baseline?';
  const ticked = await vscode.window.showQuickPick(items, {
    title,
    canPickMany: true,
    matchOnDescription: true,
  });
  if (ticked === undefined) return undefined;
  const baseline = ticked.map(({ run }) => run);
  const runs = oldestFirst.filter((run) => !baseline.includes(run));
  if (Math.min(baseline.length, runs.length) >= leastRunsASide) return { baseline, runs };
  void vscode.window.showInformationMessage(
    'A side needs two runs or more: how much they differ says how sure a change is.',
  );
  return undefined;
}
