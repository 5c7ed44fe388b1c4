/** The ledger of savings in words: absolute figures first, each with what the project used beside it. */

import type { StepUnit } from './runs.ts';
import type { NotCounted, ProjectSavings, Saving, SavingsLedger, Use, WorkSign } from './savings.ts';
import { formatEnergy, formatWattHours, notAvailable } from './units.ts';

const both = (energyJ: number): string => `${formatEnergy(energyJ)} (${formatWattHours(energyJ)})`;
const simulatedWord = (simulated: boolean): string => (simulated ? ' (simulated)' : '');
const percent = (change: number): string => `${(Math.abs(change) * 100).toFixed(1)} %`;
const runsText = (count: number): string => `${count} run${count === 1 ? '' : 's'}`;

/** Why nothing was proven yet, and what to do; null where something was. */
export function nothingProven({ projects, pinnedBaselines, runs, olderRuns }: SavingsLedger): string | null {
  if (projects.some(({ savings }) => savings.length > 0)) return null;
  if (runs === 0) return 'No runs are recorded yet.';
  const total = (verdict: keyof ProjectSavings['verdicts']): number =>
    projects.reduce((sum, { verdicts }) => sum + verdicts[verdict], 0);
  const [better, same, worse] = [total('better'), total('notDistinguishable'), total('worse')];
  const without = total('notComparable');
  const held = better + same + worse + without;
  const orphaned = projects.reduce((sum, { baselineDeleted }) => sum + baselineDeleted.length, 0);
  if (held === 0 && orphaned > 0)
    return `Nothing is proven yet. The baseline of ${runsText(orphaned)} was deleted, as told below.`;
  // Runs are also held against a pin that stood when they began and is gone.
  if (pinnedBaselines === 0 && held === 0)
    return `No run${olderRuns > 0 ? ` among the newest ${runs}` : ''} is pinned as a baseline yet. Pin the run before a change: later runs of its script are then held against it.`;
  if (held === 0) return 'No later run of a pinned script has ended yet. Run it again after a change.';
  const parts = [
    ...(better === 0 ? [] : [`${better} needed less for each step and cannot be counted, as told below`]),
    ...(same === 0 ? [] : [`${same} cannot be told from it`]),
    ...(worse === 0 ? [] : [`${worse} needed more`]),
    ...(without === 0 ? [] : [`${without} cannot be compared: "perjoule compare" says why`]),
  ];
  return `Nothing is proven yet. Of ${runsText(held)} held against a pinned baseline: ${parts.join('; ')}.`;
}

/** Said where there are more runs than are looked at; null where all were. */
export const notLookedAt = ({ runs, olderRuns }: SavingsLedger): string | null =>
  olderRuns === 0 ? null : `Of the newest ${runs} runs; ${olderRuns} older ones are in no figure here.`;

const isLeast = ({ overlappingRuns, unmeasuredRuns }: Use): boolean => overlappingRuns + unmeasuredRuns > 0;

/** `≥ 14.0 MJ`, for a table. */
export const usedCell = (use: Use, show: (energyJ: number | null) => string = formatEnergy): string =>
  `${use.usedJ !== null && isLeast(use) ? '≥ ' : ''}${show(use.usedJ)}`;

/** What has to be known of the runs to read what was used; each a part of a sentence. */
function useNotes({ unmeasuredRuns, overlappingRuns, sharedRuns, importedRuns }: Use): readonly string[] {
  const notes: readonly (readonly [count: number, text: string])[] = [
    [unmeasuredRuns, 'without a reading'],
    [overlappingRuns, 'on the GPU of another one at the same time, left out'],
    [sharedRuns, 'with the work of other programs in the energy'],
    [importedRuns, 'more imported, in no figure here'],
  ];
  return notes.flatMap(([count, text]) => (count === 0 ? [] : [`${count} ${text}`]));
}

/** `1.20 MJ (333 Wh) saved, 95 % interval 1.10 MJ to 1.30 MJ; 14.0 MJ (3.89 kWh) used by 41 runs`. */
export function projectText(project: ProjectSavings): string {
  const { savedJ, savedWithinJ, runs, simulated } = project;
  const word = simulatedWord(simulated);
  const within =
    savedWithinJ === null
      ? ''
      : `, 95 % interval ${formatEnergy(savedWithinJ[0])} to ${formatEnergy(savedWithinJ[1])}`;
  const saved = savedJ === null ? 'no saving proven' : `${both(savedJ)} saved`;
  const used =
    project.usedJ === null
      ? `use${word} not available of`
      : `${isLeast(project) ? 'at least ' : ''}${both(project.usedJ)} used${word} by`;
  const notes = useNotes(project);
  return `${saved}${word}${within}; ${used} ${runsText(runs)}${notes.length === 0 ? '' : `, ${notes.join(', ')}`}`;
}

const signText: Readonly<Record<WorkSign, (unit: StepUnit) => string>> = {
  batch: () => 'both commands name the same batch size',
  total: (unit) => `taken as the same work, as both are of as many ${unit}s`,
  unit: () => 'counted in what was worked on',
};

/** `run 15 against run 14: 31.2 % less for each of 2000 steps after warm-up, 33.0 kJ (9.17 Wh); both commands name …`. */
export const savingText = ({
  run,
  baseline,
  change,
  steps,
  unit = 'step',
  savedJ,
  sameWork,
}: Saving): string =>
  `run ${run.number} against run ${baseline.number}: ${percent(change)} less for each of ${Math.round(steps)} ${unit}s after warm-up, ${both(savedJ)}; ${signText[sameWork](unit)}`;

/** `run 15 against run 14. It used other GPUs than the baseline.` */
export const notCountedText = ({ run, baseline, reason }: NotCounted): string =>
  `run ${run.number} against run ${baseline.number}. ${reason}`;

/** `2 more compared as better and are not counted:`; null where there is none. */
export const notCountedHead = ({ notCounted }: ProjectSavings): string | null =>
  notCounted.length === 0
    ? null
    : `${runsText(notCounted.length)} compared as better and ${notCounted.length === 1 ? 'is' : 'are'} not counted:`;

/** `1 run is held against nothing:`; null where there is none. */
export const baselineDeletedHead = ({ baselineDeleted }: ProjectSavings): string | null =>
  baselineDeleted.length === 0
    ? null
    : `${runsText(baselineDeleted.length)} ${baselineDeleted.length === 1 ? 'is' : 'are'} held against nothing:`;

/** `2026-12` for `2027-01`. */
function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 2)).toISOString().slice(0, 7);
}

/**
 * Said where more was used in the last month with a saving than in the calendar month before it, which hides the saving.
 * Silent where one of the two is not known exactly enough to say so, or nothing was run in the month before.
 */
export function rebound({ months }: ProjectSavings, { olderRuns }: SavingsLedger): string | null {
  const last = months.findLast(
    ({ month, savedJ }) => month !== notAvailable && savedJ !== null && savedJ > 0,
  );
  const before = last && months.find(({ month }) => month === monthBefore(last.month));
  if (last === undefined || last.savedJ === null || last.usedJ === null) return null;
  if (before === undefined || before.usedJ === null) return null;
  // Runs that were not looked at may be of the month before; what others drew is no use of the project.
  const inexact =
    before.unmeasuredRuns + before.overlappingRuns + before.importedRuns + olderRuns + last.sharedRuns;
  const more = last.usedJ - before.usedJ;
  return inexact > 0 || more <= 0
    ? null
    : `The recorded runs of ${last.month} saved ${formatEnergy(last.savedJ)}, and yet used ${formatEnergy(more)} more than those of ${before.month}.`;
}
