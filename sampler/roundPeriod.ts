/**
 * Time between two rounds of readings, milliseconds. A little less than the rate says: drivers renew their values at
 * these same rates, and a sampler in step with them would never learn when. Readings that walk over the driver's clock
 * tell it (insight/refreshClock.ts), which makes the edges of a window ten times as exact.
 */
export const roundPeriodMs = (rateHz: number): number => 970 / rateHz;
