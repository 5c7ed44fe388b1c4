/** How the time is told in which a notebook's kernel held its GPUs after a cell, the same in every list. */

import { provenanceTag } from './provenance.ts';
import type { KernelHold } from './runs.ts';
import { formatDuration, formatEnergy, formatShare, formatWattHours } from './units.ts';

const ends = {
  nextRun: 'until the next run of its kernel',
  letGo: 'until the kernel let it go',
  kernelEnd: 'until the kernel ended',
} as const;
/** Below this share of the time with readings it is said. */
const fullCoverage = 0.95;

/** `GPU held idle for 12:40 until the next run of its kernel, 54.3 kJ (15.1 Wh), instant, band 5 %; not in this run's energy`. */
export function kernelHoldText(hold: KernelHold): string {
  const { durationMs, idleMs, energyJ, coverage, provenance, until } = hold;
  const end = until === null ? 'as far as seen' : ends[until];
  if (idleMs === null || energyJ === null)
    return `kernel held the GPU for ${formatDuration(durationMs)} ${end}; energy not available`;
  const seen = coverage < fullCoverage ? `, ${formatShare(coverage)} of the time measured` : '';
  const energy = `${formatEnergy(energyJ)} (${formatWattHours(energyJ)})`;
  return `GPU held idle for ${formatDuration(idleMs)} ${end}, ${energy}, ${provenanceTag(provenance)}${seen}; not in this run's energy`;
}
