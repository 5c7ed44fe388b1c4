/**
 * The means out of many summaries of one track, for a chart. A day of eight GPUs is half a million numbers, of which a
 * chart needs a quarter: they are taken from the bytes as they are, and the rest is stepped over.
 */

import type { MetricId } from '../../contracts/metrics.ts';
import { rollupVersion } from './rollup.ts';
import { metricOfCode, storedPerUnit } from './samples.ts';

/** No metric of any version has a higher number. */
const highestCode = 255;

/** Place of the next number that is read. */
let at = 0;

function skip(bytes: Uint8Array): void {
  while ((bytes[at] ?? 0) >= 128) at += 1;
  at += 1;
}

/** A whole number from 0; bytes that end too early show in `at`. */
function unsigned(bytes: Uint8Array): number {
  let value = 0;
  let factor = 1;
  for (;;) {
    const byte = bytes[at] ?? 0;
    at += 1;
    if (byte < 128) return value + byte * factor;
    value += (byte - 128) * factor;
    factor *= 128;
  }
}

export class MeanRows {
  /** Starts of the buckets, in the order in which they were added, sampler time. */
  readonly startsMs: number[] = [];
  /** Stored numbers by the metric's code, a row for each bucket; a hole where one is not known. */
  readonly #byCode: (number[] | undefined)[] = [];

  /** Adds the means of one bucket. Throws a RangeError for bytes that are not a summary. */
  add(startMs: number, bytes: Uint8Array): void {
    if (bytes[0] !== rollupVersion) throw new RangeError('The stored summary has another version.');
    at = 1;
    const row = this.startsMs.length;
    // Count and energy; further on the range of each metric.
    skip(bytes);
    skip(bytes);
    let left = unsigned(bytes);
    for (; left > 0 && at < bytes.length; left -= 1) {
      const code = unsigned(bytes);
      const zigzag = unsigned(bytes);
      skip(bytes);
      skip(bytes);
      if (code > highestCode) continue;
      let column = this.#byCode[code];
      if (column === undefined) {
        column = [];
        this.#byCode[code] = column;
      }
      column[row] = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    if (left > 0 || at > bytes.length) throw new RangeError('The stored summary ends too early.');
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
