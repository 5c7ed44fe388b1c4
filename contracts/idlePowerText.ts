/** How the idle power of a GPU is told: with a context open, and with nothing open. */

import type { RunDevice } from './runs.ts';
import { formatPower } from './units.ts';

/** `115 W with a context open, 70 W with nothing open`; null where the run did not show either. */
export function idlePowerText(devices: readonly RunDevice[]): string | null {
  const told = devices.flatMap(({ index, idlePower }) => {
    const { contextIdlePowerW = null, idlePowerW = null } = idlePower ?? {};
    const parts = [
      ...(contextIdlePowerW === null ? [] : [`${formatPower(contextIdlePowerW)} with a context open`]),
      ...(idlePowerW === null ? [] : [`${formatPower(idlePowerW)} with nothing open`]),
    ];
    if (parts.length === 0) return [];
    return [devices.length === 1 ? parts.join(', ') : `GPU ${index}: ${parts.join(', ')}`];
  });
  return told.length === 0 ? null : told.join('; ');
}
