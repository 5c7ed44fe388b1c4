/** Samples and means by the name of their track, of the file and of what waits for it. */

import type { MeanRows } from './means.ts';
import type { Sample } from './samples.ts';
import type { RollupTable, SampleTable } from './sampleTable.ts';
import { splitKey, type TrackKey, type WaitingWrites } from './waiting.ts';

/** Those of the keys that the file knows, by their number in it. */
function tracksOf(table: SampleTable, keys: readonly TrackKey[]): ReadonlyMap<number, TrackKey> {
  const tracks = new Map<number, TrackKey>();
  for (const key of keys) {
    const track = table.track(...splitKey(key), false);
    if (track !== undefined) tracks.set(track, key);
  }
  return tracks;
}

/** In order of time; a key without samples has an empty list. */
export function readSamples(
  table: SampleTable,
  waiting: WaitingWrites,
  keys: readonly TrackKey[],
  fromMs: number,
  toMs: number,
): Map<TrackKey, Sample[]> {
  const found = new Map(keys.map((key): [TrackKey, Sample[]] => [key, []]));
  const tracks = tracksOf(table, keys);
  for (const [track, samples] of table.read([...tracks.keys()], fromMs, toMs)) {
    const key = tracks.get(track);
    if (key !== undefined) found.set(key, samples);
  }
  for (const [second, byTrack] of waiting.seconds()) {
    if (second * 1000 > toMs || second * 1000 + 1000 < fromMs) continue;
    for (const [key, samples] of byTrack)
      found.get(key)?.push(...samples.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs));
  }
  return found;
}

/** A key that the file does not know is absent. */
export function readMeans(
  table: SampleTable,
  rollup: RollupTable,
  keys: readonly TrackKey[],
  fromMs: number,
  toMs: number,
): Map<TrackKey, MeanRows> {
  const tracks = tracksOf(table, keys);
  const found = new Map<TrackKey, MeanRows>();
  for (const [track, means] of table.readMeans(rollup, [...tracks.keys()], fromMs, toMs)) {
    const key = tracks.get(track);
    if (key !== undefined) found.set(key, means);
  }
  return found;
}
