import * as vscode from 'vscode';
import type { RunSummary } from '../../contracts/runs.ts';
import { plainLabel } from '../plainLabel.ts';
import type { RunModel } from './runModel.ts';
import { runDescription, runTitle } from './runText.ts';

async function pick(runs: readonly RunSummary[], title: string): Promise<RunSummary | undefined> {
  const items = runs.map((run) => ({
    label: plainLabel(runTitle(run)),
    description: plainLabel(runDescription(run)),
    detail: new Date(run.startedAtMs).toLocaleString(),
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
    const next = await pick(others(), title);
    if (next === undefined) return undefined;
    chosen.push(next);
  }
  const [baseline, run] = chosen.sort((a, b) => a.startedAtMs - b.startedAtMs);
  return baseline && run ? { baseline, run } : undefined;
}
