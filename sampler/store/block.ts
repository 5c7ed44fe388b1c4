/**
 * A block of samples of one track as bytes: a column of times and one for each metric, as differences between
 * neighbours, runs of equal values as their length. About 6 bytes a sample of eight values in blocks of a minute.
 */

import { Columns } from './columns.ts';
import type { Sample } from './samples.ts';

const columns = new Columns();

/** Samples in order of time. Values are rounded to the metric's resolution. */
export function encodeBlock(samples: readonly Sample[]): Uint8Array {
  columns.clear();
  for (const sample of samples) columns.add(sample);
  return columns.encode();
}

/** Throws a RangeError for bytes that are not such a block. */
export function decodeBlock(bytes: Uint8Array): Sample[] {
  columns.clear();
  columns.addBlock(bytes);
  return columns.samples();
}
