/** GPU memory that was never used: room for a larger batch. No joules can be laid to it. */

import type { MemoryHeadroom } from '../../contracts/waste.ts';
import type { DeviceFound } from './deviceWaste.ts';

/** A run that worked for less may still be growing. */
const longEnoughMs = 15_000;
const muchUsed = 0.5;

export function memoryHeadroom(devices: readonly DeviceFound[]): MemoryHeadroom | null {
  const share = ({ usedBytes, totalBytes }: MemoryHeadroom): number => usedBytes / totalBytes;
  const known = devices
    .filter(({ working }) => working.workingMs >= longEnoughMs)
    .flatMap(({ memory }) => memory ?? [])
    .sort((one, other) => share(other) - share(one));
  const [fullest] = known;
  return fullest === undefined || share(fullest) >= muchUsed ? null : fullest;
}
