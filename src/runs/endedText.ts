/** What the status bar says of a run that has just ended: absolute, per step, and how much of it idled. */

import type { RunSummary } from '../../contracts/runs.ts';
import { formatEnergy, formatPerStep, formatShare } from '../../contracts/units.ts';

const longestName = 24;

export function endedText(run: RunSummary): string {
  const { energyJ, idleJ } = run.totals;
  const name = run.name.length > longestName ? `${run.name.slice(0, longestName - 1)}…` : run.name;
  const figures = [energyJ === null ? 'no energy reading' : formatEnergy(energyJ)];
  if (run.steps?.perStepJ != null) figures.push(formatPerStep(run.steps.perStepJ, null, run.steps.unit));
  if (energyJ !== null && energyJ > 0 && idleJ !== null) figures.push(`${formatShare(idleJ / energyJ)} idle`);
  if (run.simulated) figures.push('simulated');
  return `${name} ended: ${figures.join(' · ')}`;
}
