/** What tools for agents answer, through every door: figures with their units in the name, and no secrets. */

import type { AgentTool } from './agentTools.ts';
import { isoTime } from './dateText.ts';
import { maskAnswer } from './maskAnswer.ts';
import { maskCodeSecrets } from './maskCodeSecrets.ts';
import { mask, maskSecrets } from './maskSecrets.ts';
import { provenanceTag } from './provenance.ts';
import type { Comparison, RunSummary } from './runs.ts';

/** So many findings at most are in one answer. */
const mostFindings = 200;

/** What of a list is told, and how many entries are not. */
const told = <Entry>(
  entries: readonly Entry[],
): { readonly told: readonly Entry[]; readonly leftOut: number } => ({
  told: entries.slice(0, mostFindings),
  leftOut: Math.max(0, entries.length - mostFindings),
});

/** Findings as every door lists them. */
export function findingsAnswer(entries: readonly object[]): object {
  const { told: findings, leftOut } = told(entries);
  return { findings, leftOut };
}

/** What could not be read or parsed is not clean, and what is left out of the list is counted. */
export function problemsAnswer(entries: readonly object[]): object {
  const { told: problems, leftOut: problemsLeftOut } = told(entries);
  return { problems, problemsLeftOut };
}

/** What an agent is told may leave the machine: every answer goes through this. A diff is code, all else are words. */
export const agentText = (tool: AgentTool, text: string): string =>
  tool === 'preview_fix' ? maskCodeSecrets(text) : maskAnswer(text);

/** As every error does through this. */
export const agentError = (error: unknown): string =>
  maskAnswer(error instanceof Error ? error.message : String(error));

/** For beside a diff: who applies it by hand must not write the masks into the file. */
export const maskNote = (diff: string): readonly string[] =>
  maskCodeSecrets(diff) === diff
    ? []
    : [`${mask} stands for what looks like a secret; the fix leaves the text there as it is.`];

/** Figures of a run; what is not known is null and never 0. */
export function runAnswer(run: RunSummary): object {
  const { energyJ, idleJ, provenance, coverage } = run.totals;
  return {
    run: run.number,
    runId: run.runId,
    name: maskSecrets(run.name),
    command: maskSecrets(run.command),
    state: run.state,
    exitCode: run.exitCode,
    startedAt: isoTime(run.startedAtMs),
    durationMs: run.durationMs,
    energyJ,
    energyWh: energyJ === null ? null : energyJ / 3600,
    idleShare: energyJ === null || energyJ <= 0 || idleJ === null ? null : idleJ / energyJ,
    perStepJ: run.steps?.perStepJ ?? null,
    counted: run.steps?.unit ?? 'step',
    measuredBy: provenanceTag(provenance),
    measuredShareOfTime: coverage,
    simulated: run.simulated,
    baseline: run.baseline === true,
  };
}

/** Without the curves, which are for drawing. */
export function comparisonAnswer({ curves: _curves, ...comparison }: Comparison): object {
  return comparison;
}
