/**
 * The zone of the electricity grid that a machine stands in, as its owner names it: a country (`DE`) or a part of one
 * (`US-CAL-CISO`, `DK-DK1`). It is kept with a run, so that a carbon intensity can be found for it later; none is looked up.
 */

const zone = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?$/;

/** The pattern of the setting, where an empty text names none. */
export const gridZonePattern = `^$|${zone.source}`;

/** Null for what names no zone. */
export function gridZoneOf(value: unknown): string | null {
  const name = typeof value === 'string' ? value.trim() : '';
  return zone.test(name) ? name : null;
}
