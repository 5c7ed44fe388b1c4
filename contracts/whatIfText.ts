/** Words for what is modelled or told beside the waste, the same in the panel, on the command line and in reports. */

import { formatBytes, formatEnergy } from './units.ts';
import type { MemoryHeadroom, WasteItem, WhatIf } from './waste.ts';

/** `Modelled: 1.20 kJ to 1.90 kJ less, if batches are ready when the GPU asks.` */
export function whatIfText({ energyJ: [low, high], assumes }: WhatIf): string {
  const range =
    formatEnergy(low) === formatEnergy(high)
      ? formatEnergy(high)
      : `${formatEnergy(low)} to ${formatEnergy(high)}`;
  return `Modelled: ${range} less, if ${assumes}.`;
}

/** The part of a run's joules that no kind of waste names: useful work, and what is too little to name. */
export const restOf = (energyJ: number, waste: readonly WasteItem[]): number =>
  Math.max(0, energyJ - waste.reduce((sum, item) => sum + item.energyJ, 0));

export const headroomText = ({ usedBytes, totalBytes }: MemoryHeadroom): string =>
  `GPU memory: ${formatBytes(usedBytes)} of ${formatBytes(totalBytes)} used at most. A larger batch may fit; it saves only where the GPU is not full.`;
