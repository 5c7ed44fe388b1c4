/**
 * A block of samples of one track as bytes: a column of times and one for each metric, as differences between
 * neighbours, runs of equal values as their length. About 6 bytes a sample of eight values in blocks of a minute.
 */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import { fromStored, metricCode, metricOfCode, type Sample, toStored } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

const blockVersion = 1;

/** Metrics whose differences are themselves steady, so that the difference of differences is smaller. */
const steady: ReadonlySet<MetricId> = new Set<MetricId>(['energyJ']);

// One block is written at a time: their room is used again, nothing is allocated for a column.
const block = new ByteWriter();
const column = new ByteWriter();
const numbers: number[] = [];
const holeRuns: number[] = [];

const isKnown = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

/** Samples in order of time. Values are rounded to the metric's resolution. */
export function encodeBlock(samples: readonly Sample[]): Uint8Array {
  block.clear();
  block.byte(blockVersion);
  block.unsigned(samples.length);
  numbers.length = 0;
  for (const { timeMs } of samples) numbers.push(Math.round(timeMs));
  writeColumn(block, numbers, true);
  const present = metricIds.filter((id) => samples.some(({ values }) => isKnown(values[id])));
  block.unsigned(present.length);
  for (const id of present) {
    column.clear();
    takeColumn(samples, id);
    column.unsigned(holeRuns.length);
    for (const run of holeRuns) column.unsigned(run);
    writeColumn(column, numbers, steady.has(id));
    block.unsigned(metricCode(id));
    // The length lets an older reader step over a metric that it does not know.
    block.part(column);
  }
  return block.take();
}

/** Into `numbers` what is known, into `holeRuns` the lengths of alternating runs, known values first. */
function takeColumn(samples: readonly Sample[], id: MetricId): void {
  numbers.length = 0;
  holeRuns.length = 0;
  let hole = false;
  let length = 0;
  for (const { values } of samples) {
    const value = values[id];
    const known = isKnown(value);
    if (known) numbers.push(toStored(id, value));
    if (known === hole) {
      holeRuns.push(length);
      hole = !hole;
      length = 0;
    }
    length += 1;
  }
}

/** Throws a RangeError for bytes that are not such a block. */
export function decodeBlock(bytes: Uint8Array): Sample[] {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== blockVersion) throw new RangeError('The stored block has another version.');
  const count = reader.unsigned();
  const samples: { readonly timeMs: number; readonly values: Partial<Record<MetricId, number>> }[] = [];
  for (const timeMs of readColumn(reader, count, true)) samples.push({ timeMs, values: {} });
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const id = metricOfCode(reader.unsigned());
    const part = reader.part(reader.unsigned());
    if (id !== undefined) fillColumn(samples, id, part);
  }
  return samples;
}

/** Sets one metric of the samples from its column. */
function fillColumn(
  samples: readonly { readonly values: Partial<Record<MetricId, number>> }[],
  id: MetricId,
  reader: ByteReader,
): void {
  // Where values are known: runs of that and of holes in turn, the last of them up to the end.
  const edges: number[] = [];
  let at = 0;
  let known = 0;
  for (let left = reader.unsigned(); left > 0; left -= 1) {
    const length = Math.min(reader.unsigned(), samples.length - at);
    if (edges.length % 2 === 0) known += length;
    at += length;
    edges.push(at);
  }
  if (edges.length % 2 === 0) known += samples.length - at;
  edges.push(samples.length);
  const stored = readColumn(reader, known, steady.has(id));
  let next = 0;
  let from = 0;
  for (const [run, to] of edges.entries()) {
    for (let index = from; run % 2 === 0 && index < to; index += 1) {
      const sample = samples[index];
      const value = stored[next];
      next += 1;
      if (sample !== undefined && value !== undefined) sample.values[id] = fromStored(id, value);
    }
    from = to;
  }
}

/** A zero is followed by how many more zeros come after it. */
function writeColumn(writer: ByteWriter, numbers: readonly number[], twice: boolean): void {
  let before = 0;
  let slope = 0;
  let zeros = 0;
  const endZeros = (): void => {
    if (zeros === 0) return;
    writer.unsigned(0);
    writer.unsigned(zeros - 1);
    zeros = 0;
  };
  for (const value of numbers) {
    const difference = value - before;
    const written = difference - slope;
    if (twice) slope = difference;
    before = value;
    if (written === 0) zeros += 1;
    else {
      endZeros();
      writer.signed(written);
    }
  }
  endZeros();
}

function readColumn(reader: ByteReader, count: number, twice: boolean): number[] {
  const numbers: number[] = [];
  let value = 0;
  let slope = 0;
  let zeros = 0;
  while (numbers.length < count) {
    let written = 0;
    if (zeros > 0) zeros -= 1;
    else {
      written = reader.signed();
      if (written === 0) zeros = reader.unsigned();
    }
    const difference = slope + written;
    if (twice) slope = difference;
    value += difference;
    numbers.push(value);
  }
  return numbers;
}
