/**
 * The means out of many summaries of one track, for a chart. A day of eight GPUs is half a million numbers, of which a
 * chart needs a quarter: they are taken from the bytes as they are, and the rest is stepped over.
 */

import type { MetricId } from '../../contracts/metrics.ts';
import { rollupVersion } from './rollup.ts';
import { metricOfCode, storedPerUnit } from './samples.ts';

/** No metric of any version has a higher number. */
const highestCode = 255;

export class MeanRows {
  /** Starts of the buckets, in the order in which they were added, sampler time. */
  readonly startsMs: number[] = [];
  /** Stored numbers by the metric's code, a row for each bucket; a hole where one is not known. */
  readonly #byCode: (number[] | undefined)[] = [];

  /**
   * Adds the means of one bucket. Throws a RangeError for bytes that are not a summary. Half a million numbers for a day,
   * in a process that has just started: the reader of all other blocks would take twice the time.
   */
  add(startMs: number, bytes: Uint8Array): void {
    if (bytes[0] !== rollupVersion) throw new RangeError('The stored summary has another version.');
    const row = this.startsMs.length;
    // Count and energy; further on the range of each metric.
    at = skipped(bytes, skipped(bytes, 1));
    let left = unsigned(bytes);
    for (; left > 0 && at < bytes.length; left -= 1) {
      const code = unsigned(bytes);
      const mean = unsigned(bytes);
      at = skipped(bytes, skipped(bytes, at));
      if (code > highestCode) continue;
      let column = this.#byCode[code];
      if (column === undefined) {
        column = [];
        this.#byCode[code] = column;
      }
      column[row] = mean % 2 === 0 ? mean / 2 : -(mean + 1) / 2;
    }
    if (at > bytes.length || left > 0) throw new RangeError('The stored summary ends too early.');
    this.startsMs.push(startMs);
  }

  /** The rows of each metric that is known, to be added up: a whole number of its smallest parts, `perUnit` of them. */
  *columns(): Iterable<
    readonly [metric: MetricId, stored: readonly (number | undefined)[], perUnit: number]
  > {
    for (const [code, column] of this.#byCode.entries()) {
      const metric = metricOfCode(code);
      if (column !== undefined && metric !== undefined) yield [metric, column, storedPerUnit(metric)];
    }
  }
}

/** Where the summary is read that is under way. */
let at = 0;

/** The number at this place; one that ends too early leaves the place behind the end. */
function unsigned(bytes: Uint8Array): number {
  let byte = bytes[at] ?? 0;
  at += 1;
  if (byte < 128) return byte;
  let value = byte - 128;
  for (let factor = 128; byte >= 128; factor *= 128) {
    byte = bytes[at] ?? 0;
    at += 1;
    value += (byte % 128) * factor;
  }
  return value;
}

/** The place behind the number at this one. */
function skipped(bytes: Uint8Array, from: number): number {
  let end = from;
  while ((bytes[end] ?? 0) >= 128) end += 1;
  return end + 1;
}
