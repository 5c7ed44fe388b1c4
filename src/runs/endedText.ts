/** What the status bar says of a run that has just ended: absolute, per step, how much of it idled, and how that is known. */

import { provenanceTag } from '../../contracts/provenance.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { sharedMark } from '../../contracts/sharedEnergy.ts';
import { formatEnergy, formatPerStep, formatShare } from '../../contracts/units.ts';

const longestName = 24;

export function endedText(run: RunSummary): string {
  const { energyJ, idleJ, provenance, sharing } = run.totals;
  const name = run.name.length > longestName ? `${run.name.slice(0, longestName - 1)}…` : run.name;
  const figures = [energyJ === null ? 'no energy reading' : formatEnergy(energyJ)];
  if (run.steps?.perStepJ != null) figures.push(formatPerStep(run.steps.perStepJ, null, run.steps.unit));
  if (energyJ !== null && energyJ > 0 && idleJ !== null) figures.push(`${formatShare(idleJ / energyJ)} idle`);
  // The bar is short: the whole tag is in the tooltip.
  if (run.simulated || (energyJ !== null && provenance?.simulated === true)) figures.push('simulated');
  else if (energyJ !== null && provenance !== null)
    figures.push(provenanceTag({ ...provenance, band: null }));
  if (sharing !== undefined) figures.push(sharedMark);
  return `${name} ended: ${figures.join(' · ')}`;
}
