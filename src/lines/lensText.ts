/** How the joules of a line read above it. Plain text, no editor types. */

import { formatEnergy, formatShare, formatWattHours } from '../../contracts/units.ts';
import type { LineMark } from './lineMarks.ts';

/** @param quality how good the figure is; why there is none, where it is null */
export function lensText({ energyJ, share, idleJ }: LineMark, run: number, quality: string): string {
  if (energyJ === null)
    return `Energy not available: ${quality} · ${formatShare(share)} of the samples · run ${run}`;
  const idle = idleJ === null || idleJ === 0 ? [] : [`${formatEnergy(idleJ)} of it idle`];
  return [formatEnergy(energyJ), formatShare(share), ...idle, `run ${run}`, quality].join(' · ');
}

export function lensTooltip({ energyJ, share, idleJ }: LineMark, run: number): string {
  if (energyJ === null)
    return `The joules of run ${run} are not known; its main thread was at this line in ${formatShare(share)} of the samples.`;
  const idle =
    idleJ === null
      ? 'What of it was idle is not known.'
      : `${formatEnergy(idleJ)} of it while no kernel ran on a GPU.`;
  return `${formatWattHours(energyJ)} by the GPUs of run ${run} while its main thread was at this line: ${formatShare(share)} of the joules that were divided among lines. ${idle} A line that waits for the GPU shows what the GPU did before.`;
}
