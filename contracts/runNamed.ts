/** The run that a word of a person or an agent means: its number, its id, `last`, or `last~1` for the one before. */

import type { RunSummary } from './runs.ts';

/** @param runs newest first */
export function runNamed(runs: readonly RunSummary[], word: string): RunSummary | undefined {
  const back = /^last(?:~(\d{1,6}))?$/.exec(word);
  return back === null
    ? (runs.find((run) => run.runId === word) ?? runs.find((run) => String(run.number) === word))
    : runs[Number(back[1] ?? 0)];
}
