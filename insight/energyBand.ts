/**
 * The band that stands beside an energy: what the maker states of the sensor, and what this sensor could not know of
 * this stretch of time. Both are limits, so they are added.
 */

import type { MeterFigures } from './energy.ts';

/** The band of a sensor that sees a part of the time has so much in it for what it does not see. */
const unseenIncluded = 0.05;
/** How far the edge of a window may be off, milliseconds: one refresh, or a quarter of the mean's second. */
const edgeMs = { refresh: 100, averaged: 250 };

/**
 * @param windowMs length of a window cut out of a run; null for a whole run, whose ends are idle
 * @param periodMs time between two readings: of a slow source, as far as an edge may be off
 */
export function energyBand(
  sensorBand: number | null,
  figures: Pick<MeterFigures, 'energyJ' | 'unseenJ' | 'quality'>,
  windowMs: number | null,
  periodMs = 0,
): number | null {
  if (sensorBand === null) return null;
  const { energyJ, unseenJ, quality } = figures;
  const unseen = energyJ === null || energyJ <= 0 ? 0 : Math.max(0, unseenJ / energyJ - unseenIncluded);
  const edge = Math.max(periodMs, quality === 'averaged1s' ? edgeMs.averaged : edgeMs.refresh);
  return Math.min(1, sensorBand + unseen + (windowMs === null || windowMs <= 0 ? 0 : edge / windowMs));
}
