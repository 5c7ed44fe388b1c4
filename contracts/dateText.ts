/** Times of day as text. A time that no date can tell, as of a damaged record, is not available and breaks nothing else. */

import { notAvailable } from './units.ts';

/** Milliseconds from 1970 that a date can tell, to both sides: ECMAScript's limit. */
const longestMs = 8.64e15;

/** @param timeMs since 1970 */
export const isDate = (timeMs: number): boolean => Math.abs(timeMs) <= longestMs;

/** `2026-11-22T14:05:00.000Z`; null where no date can tell it. */
export const isoTime = (timeMs: number): string | null =>
  isDate(timeMs) ? new Date(timeMs).toISOString() : null;

/** As the reader's language writes date and time. */
export const localTime = (timeMs: number): string =>
  isDate(timeMs) ? new Date(timeMs).toLocaleString() : notAvailable;
