/** The ledger of savings in words: absolute figures first, each with what the project used beside it. */

import type { ProjectSavings, Saving, SavingsLedger } from './savings.ts';
import { formatEnergy, formatWattHours } from './units.ts';

const both = (energyJ: number): string => `${formatEnergy(energyJ)} (${formatWattHours(energyJ)})`;
const simulatedWord = (simulated: boolean): string => (simulated ? ' (simulated)' : '');
const percent = (change: number): string => `${(Math.abs(change) * 100).toFixed(1)} %`;

/** What to do where nothing was proven yet; null where something was. */
export function nothingProven({ projects, pinnedBaselines, runs }: SavingsLedger): string | null {
  if (projects.some(({ savings }) => savings.length > 0)) return null;
  if (runs === 0) return 'No runs are recorded yet.';
  if (pinnedBaselines === 0)
    return 'No run is pinned as a baseline yet. Pin the run before a change: later runs of its script are then held against it.';
  return 'No run needed measurably less for each step than its baseline yet.';
}

/** `1.20 MJ (333 Wh) saved, 95 % interval 1.10 MJ to 1.30 MJ; 14.0 MJ (3.89 kWh) used by 41 runs`. */
export function projectText({
  savedJ,
  savedWithinJ: [low, high],
  usedJ,
  runs,
  unmeasuredRuns,
  simulated,
}: ProjectSavings): string {
  const within = savedJ === 0 ? '' : `, 95 % interval ${formatEnergy(low)} to ${formatEnergy(high)}`;
  const unknown = unmeasuredRuns === 0 ? '' : `, ${unmeasuredRuns} of them without a reading`;
  const word = simulatedWord(simulated);
  return `${both(savedJ)} saved${word}${within}; ${both(usedJ)} used${word} by ${runs} run${runs === 1 ? '' : 's'}${unknown}`;
}

/** `run 15 against run 14: 31.2 % less for each of 2000 steps, 33.0 kJ (9.17 Wh)`. */
export const savingText = ({ run, baseline, change, steps, unit = 'step', savedJ }: Saving): string =>
  `run ${run.number} against run ${baseline.number}: ${percent(change)} less for each of ${Math.round(steps)} ${unit}s, ${both(savedJ)}`;

/** Said where use grew by more than was saved, which hides the saving: of the last month with a saving. */
export function rebound({ months }: ProjectSavings): string | null {
  const [before, last] = months.slice(-2);
  if (before === undefined || last === undefined || last.savedJ <= 0) return null;
  const more = last.usedJ - before.usedJ;
  return more <= 0
    ? null
    : `In ${last.month} ${formatEnergy(last.savedJ)} were saved, and yet ${formatEnergy(more)} more were used than in ${before.month}.`;
}
