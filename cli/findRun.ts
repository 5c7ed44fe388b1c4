/** The run that a word on the command line names. */

import { runNamed } from '../contracts/runNamed.ts';
import type { RunSummary } from '../contracts/runs.ts';
import { plain } from './terminalText.ts';
import { UsageError } from './usageError.ts';

/** Runs that are looked through. */
export const runsSearched = 1000;

/** @param runs newest first. @throws UsageError */
export function findRun(runs: readonly RunSummary[], word: string): RunSummary {
  const found = runNamed(runs, word);
  if (found !== undefined) return found;
  if (runs.length === 0)
    throw new UsageError('no runs are recorded yet; start one: perjoule run -- python train.py');
  throw new UsageError(`there is no run "${plain(word)}"; "perjoule runs" lists them.`);
}
