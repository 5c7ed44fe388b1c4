/** How the energy at the wall is told: always with the gain and the offset that a person has set. */

import type { WallEnergy, WallMeter } from './runs.ts';
import { formatEnergy } from './units.ts';

/** Null for settings that say nothing, or nothing that can be. */
export function wallMeterOf(gain: number, offsetW: number): WallMeter | null {
  const possible = Number.isFinite(gain) && Number.isFinite(offsetW) && gain > 0;
  return !possible || (gain === 1 && offsetW === 0) ? null : { gain, offsetW };
}

/** The same of what a person has set, undefined where nothing is: no word about the meter, unlike "none" (gain 1, offset 0). */
export function wallMeterSet(
  gain: number | undefined,
  offsetW: number | undefined,
): WallMeter | null | undefined {
  return gain === undefined && offsetW === undefined ? undefined : wallMeterOf(gain ?? 1, offsetW ?? 0);
}

/** `18.2 kJ by your own wall meter (× 1.08 + 60 W)`. */
export function wallEnergyText({ energyJ, gain, offsetW }: WallEnergy): string {
  const sign = offsetW < 0 ? '−' : '+';
  const offset = offsetW === 0 ? '' : ` ${sign} ${Math.abs(offsetW)} W`;
  return `${formatEnergy(energyJ)} by your own wall meter (× ${gain}${offset})`;
}
