/** Copies of one run among several, as an imported file of a run that is kept here too: they have no spread. */

import type { StepMark } from '../ticks.ts';
import type { RunToCompare } from './compareRuns.ts';

/** Of a mark's energy, for what a file rounds. No two measured runs agree so at every step. */
const sameEnergy = 1e-6;

/** Two that are one run, in words; null where they are not. */
export function oneRun(one: RunToCompare, other: RunToCompare): string | null {
  const numbers = [one.summary.number, other.summary.number] as const;
  if (one.summary.runId === other.summary.runId) return `Both are run ${numbers[0]}`;
  return sameMarks(one.marks, other.marks)
    ? `Runs ${numbers[0]} and ${numbers[1]} are copies of one run`
    : null;
}

/** Why the runs cannot stand for several, and what to do; null where each of them is another. */
export function copiesAmong(runs: readonly RunToCompare[]): string | null {
  for (const [at, later] of runs.entries()) {
    for (const first of runs.slice(0, at)) {
      const copies = oneRun(first, later);
      if (copies !== null) return `${copies}: leave one of them out.`;
    }
  }
  return null;
}

const sameMarks = (one: readonly StepMark[], other: readonly StepMark[]): boolean =>
  one.length > 0 &&
  one.length === other.length &&
  one.every(({ count, energyJ }, at) => {
    const mark = other[at];
    return mark?.count === count && Math.abs(mark.energyJ - energyJ) <= sameEnergy * Math.abs(energyJ);
  });
