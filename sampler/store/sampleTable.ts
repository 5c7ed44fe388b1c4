/**
 * Samples in the file: the open minute as one row a second, each finished minute folded into a block per track
 * and its summaries. The fold reads the file, not memory, so that a crash can leave no wrong summary.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { decodeBlock, encodeBlock } from './block.ts';
import { MeanRows } from './means.ts';
import { encodeRollup, summarise } from './rollup.ts';
import type { Sample } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

export type TrackKind = 'gpu' | 'host';
export type RollupTable = 'rollup10' | 'rollup60';

const minuteMs = 60_000;
const trackFactor = 2 ** 20;

/** Samples by track number. */
export type TrackSamples = ReadonlyMap<number, readonly Sample[]>;

export class SampleTable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #tracks = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Number of the track, made when there is none; undefined when it may not be made and does not exist. */
  track(kind: TrackKind, name: string, make: true): number;
  track(kind: TrackKind, name: string, make: boolean): number | undefined;
  track(kind: TrackKind, name: string, make: boolean): number | undefined {
    const key = `${kind}/${name}`;
    const cached = this.#tracks.get(key);
    if (cached !== undefined) return cached;
    if (make) this.#prepare('INSERT OR IGNORE INTO track (kind, name) VALUES (?, ?)').run(kind, name);
    const row = this.#prepare('SELECT track_id FROM track WHERE kind = ? AND name = ?').get(kind, name);
    if (row === undefined) return undefined;
    const track = Number(row['track_id']);
    this.#tracks.set(key, track);
    return track;
  }

  /** Call it when a transaction is rolled back: the rows of tracks that it made are gone. */
  forgetTracks(): void {
    this.#tracks.clear();
  }

  /** Writes one second; call inside a transaction. Samples lie in `[second, second + 1)` seconds, in order. */
  addSecond(second: number, samples: TrackSamples): void {
    const writer = new ByteWriter();
    const earlier = this.#prepare('SELECT data FROM tail WHERE second = ?').get(second);
    if (earlier?.['data'] instanceof Uint8Array) writer.bytes(earlier['data']);
    for (const [track, list] of samples) {
      if (list.length === 0) continue;
      const block = encodeBlock(list);
      writer.unsigned(track);
      writer.unsigned(block.length);
      writer.bytes(block);
    }
    this.#prepare('INSERT OR REPLACE INTO tail VALUES (?, ?)').run(second, writer.take());
  }

  /** Folds every minute that ended before this time; call inside a transaction. */
  foldBefore(timeMs: number): void {
    const openMinute = Math.floor(timeMs / minuteMs);
    for (;;) {
      const oldest = this.#prepare('SELECT min(second) AS second FROM tail').get()?.['second'];
      if (typeof oldest !== 'number') return;
      const minute = Math.floor(oldest / 60);
      if (minute >= openMinute) return;
      this.#fold(minute);
    }
  }

  #fold(minute: number): void {
    const byTrack = new Map<number, Sample[]>();
    this.#forEachBlob('tail', minute * 60, minute * 60 + 59, (_, data) => addTail(byTrack, data));
    for (const [track, samples] of byTrack) {
      const key = minute * trackFactor + track;
      const earlier = this.#prepare('SELECT data FROM chunk WHERE key = ?').get(key)?.['data'];
      const all = earlier instanceof Uint8Array ? [...decodeBlock(earlier), ...samples] : samples;
      all.sort((a, b) => a.timeMs - b.timeMs);
      this.#prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?)').run(key, encodeBlock(all));
      this.#summarise('rollup60', all, minute * minuteMs, minuteMs, track);
      for (let part = 0; part < 6; part += 1) {
        const fromMs = minute * minuteMs + part * 10_000;
        const inside = all.filter(({ timeMs }) => timeMs >= fromMs && timeMs < fromMs + 10_000);
        this.#summarise('rollup10', inside, fromMs, 10_000, track);
      }
    }
    this.#prepare('DELETE FROM tail WHERE second BETWEEN ? AND ?').run(minute * 60, minute * 60 + 59);
  }

  #summarise(
    table: RollupTable,
    samples: readonly Sample[],
    fromMs: number,
    lengthMs: number,
    track: number,
  ): void {
    if (samples.length === 0) return;
    const blob = encodeRollup(summarise(samples, fromMs, fromMs + lengthMs));
    const key = (fromMs / lengthMs) * trackFactor + track;
    this.#prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(key, blob);
  }

  /** Every sample of these tracks in `[fromMs, toMs]`, in order of time. */
  read(tracks: readonly number[], fromMs: number, toMs: number): Map<number, Sample[]> {
    const wanted = new Set(tracks);
    const found = new Map<number, Sample[]>(tracks.map((track) => [track, []]));
    const firstKey = Math.floor(fromMs / minuteMs) * trackFactor;
    const lastKey = (Math.floor(toMs / minuteMs) + 1) * trackFactor - 1;
    this.#forEachBlob('chunk', firstKey, lastKey, (key, data) => {
      const track = key % trackFactor;
      if (wanted.has(track)) found.get(track)?.push(...decodeBlock(data));
    });
    this.#forEachBlob('tail', Math.floor(fromMs / 1000), Math.floor(toMs / 1000), (_, data) =>
      addTail(found, data, wanted),
    );
    for (const [track, samples] of found) {
      found.set(
        track,
        samples
          .filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs)
          .sort((a, b) => a.timeMs - b.timeMs),
      );
    }
    return found;
  }

  /** Means out of the summaries by track, for a chart; the open minute has none yet. */
  readMeans(
    table: RollupTable,
    tracks: readonly number[],
    fromMs: number,
    toMs: number,
  ): Map<number, MeanRows> {
    const lengthMs = table === 'rollup10' ? 10_000 : minuteMs;
    const found = new Map(tracks.map((track) => [track, new MeanRows()]));
    const firstKey = Math.floor(fromMs / lengthMs) * trackFactor;
    const lastKey = (Math.floor(toMs / lengthMs) + 1) * trackFactor - 1;
    this.#forEachBlob(table, firstKey, lastKey, (key, data) => {
      found.get(key % trackFactor)?.add(Math.floor(key / trackFactor) * lengthMs, data);
    });
    return found;
  }

  /** Newest time of which anything is kept; 0 for an empty store. */
  newestMs(): number {
    const second = this.#prepare('SELECT max(second) AS newest FROM tail').get()?.['newest'];
    if (typeof second === 'number') return (second + 1) * 1000;
    const key = this.#prepare('SELECT max(key) AS newest FROM chunk').get()?.['newest'];
    return typeof key === 'number' ? (Math.floor(key / trackFactor) + 1) * minuteMs : 0;
  }

  /** Start of the oldest minute whose single readings are kept; null when there is none. */
  oldestRawMs(): number | null {
    const key = this.#prepare('SELECT min(key) AS oldest FROM chunk').get()?.['oldest'];
    return typeof key === 'number' ? Math.floor(key / trackFactor) * minuteMs : null;
  }

  /** Forgets the single readings of the minutes before this time; their summaries stay. */
  forgetRawBefore(timeMs: number): void {
    this.#prepare('DELETE FROM chunk WHERE key < ?').run(Math.floor(timeMs / minuteMs) * trackFactor);
  }

  /** Forgets whole minutes of these tracks; the open minute goes when it is folded and deleted later. */
  delete(tracks: readonly number[], fromMs: number, toMs: number): void {
    for (const [table, lengthMs] of [
      ['chunk', minuteMs],
      ['rollup10', 10_000],
      ['rollup60', minuteMs],
    ] as const) {
      const remove = this.#prepare(
        `DELETE FROM ${table} WHERE key BETWEEN ? AND ? AND key % ${trackFactor} = ?`,
      );
      const first = Math.floor(fromMs / lengthMs) * trackFactor;
      const last = (Math.floor(toMs / lengthMs) + 1) * trackFactor - 1;
      for (const track of tracks) remove.run(first, last, track);
    }
  }

  #forEachBlob(
    table: string,
    first: number,
    last: number,
    use: (key: number, data: Uint8Array) => void,
  ): void {
    const key = table === 'tail' ? 'second' : 'key';
    const query = this.#prepare(
      `SELECT ${key} AS key, data FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key}`,
    );
    // Rows as lists, where the runtime can give them so: an object for each of ten thousand takes half of the reading.
    if ('setReturnArrays' in query) query.setReturnArrays(true);
    for (const row of query.iterate(first, last)) {
      const [number, data] = Array.isArray(row) ? row : [row['key'], row['data']];
      if (typeof number === 'number' && data instanceof Uint8Array) use(number, data);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Adds what one row of the tail holds; with `wanted`, only those tracks. */
function addTail(byTrack: Map<number, Sample[]>, data: Uint8Array, wanted?: ReadonlySet<number>): void {
  const reader = new ByteReader(data);
  let position = 0;
  while (!reader.done) {
    const track = reader.unsigned();
    const length = reader.unsigned();
    position = reader.position;
    reader.part(length);
    if (wanted !== undefined && !wanted.has(track)) continue;
    const list = byTrack.get(track);
    const samples = decodeBlock(data.subarray(position, position + length));
    if (list === undefined) byTrack.set(track, samples);
    else list.push(...samples);
  }
}
