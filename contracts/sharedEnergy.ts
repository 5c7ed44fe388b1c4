/** How the energy of a shared GPU is told, the same in every list. */

import type { SharedEnergy } from './runs.ts';
import { formatDuration, formatEnergy } from './units.ts';

/** Stands beside every energy that is not of the run alone. */
export const sharedMark = 'GPU shared';

/** `about 9.1 kJ of it the run's (likely), 4.0 kJ of others, 0.3 kJ unattributed`. */
export function sharedEnergyText({
  sharedMs,
  runJ,
  othersJ,
  unattributedJ,
  confidence,
}: SharedEnergy): string {
  const time = `shared with other programs for ${formatDuration(sharedMs)}`;
  if (confidence === null && othersJ === 0)
    return `${time}: ${formatEnergy(runJ)} the run's alone, ${formatEnergy(unattributedJ)} not divided`;
  const sure = confidence === null ? '' : ` (${confidence})`;
  const parts = `about ${formatEnergy(runJ)} the run's${sure}, ${formatEnergy(othersJ)} of others`;
  return `${time}: ${parts}, ${formatEnergy(unattributedJ)} unattributed`;
}
