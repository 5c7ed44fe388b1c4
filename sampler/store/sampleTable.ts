/**
 * Samples in the file: the open minute as one row a second, each finished minute folded into a block per track
 * and its summaries. The fold reads the file, not memory, so that a crash can leave no wrong summary.
 */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { decodeBlock, encodeBlock } from './block.ts';
import { Columns } from './columns.ts';
import { MeanRows } from './means.ts';
import { encodeRollup } from './rollup.ts';
import type { Sample } from './samples.ts';
import { ByteReader, ByteWriter } from './varint.ts';

export type TrackKind = 'gpu' | 'host';
export type RollupTable = 'rollup10' | 'rollup60';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const trackFactor = 2 ** 20;

/** One minute of one track is folded at a time. */
const columns = new Columns();

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
    this.#foldHourBefore(minute);
    const rows: Uint8Array[] = [];
    const tracks = new Set<number>();
    this.#forEachBlob('tail', minute * 60, minute * 60 + 59, (_, data) => {
      rows.push(data);
      forEachPart(data, (track) => tracks.add(track));
    });
    for (const track of tracks) {
      const key = minute * trackFactor + track;
      columns.clear();
      const earlier = this.#prepare('SELECT data FROM chunk WHERE key = ?').get(key)?.['data'];
      if (earlier instanceof Uint8Array) columns.addBlock(earlier);
      for (const row of rows)
        forEachPart(row, (of, block) => {
          if (of === track) columns.addBlock(block);
        });
      columns.sort();
      this.#prepare('INSERT OR REPLACE INTO chunk VALUES (?, ?)').run(key, columns.encode());
      this.#summarise('rollup60', minute * minuteMs, minuteMs, track);
      for (let part = 0; part < 6; part += 1)
        this.#summarise('rollup10', minute * minuteMs + part * 10_000, 10_000, track);
    }
    // Its means came before the minute was complete.
    if (this.#hourTracks(Math.floor(minute / 60)).length > 0) this.#foldHour(Math.floor(minute / 60));
    this.#prepare('DELETE FROM tail WHERE second BETWEEN ? AND ?').run(minute * 60, minute * 60 + 59);
  }

  /** Gathers the hour of the newest minute before this one, if that was another hour. */
  #foldHourBefore(minute: number): void {
    const hourKey = Math.floor(minute / 60) * 60 * trackFactor;
    const row = this.#prepare('SELECT max(key) AS newest FROM rollup60 WHERE key < ?').get(hourKey);
    const newest = row?.['newest'];
    if (typeof newest !== 'number') return;
    const hour = Math.floor(newest / trackFactor / 60);
    if (this.#hourTracks(hour).length === 0) this.#foldHour(hour);
  }

  /** Tracks of which this hour has a row. */
  #hourTracks(hour: number): readonly number[] {
    const tracks: number[] = [];
    this.#forEachBlob('hour', hour * trackFactor, (hour + 1) * trackFactor - 1, (key) =>
      tracks.push(key % trackFactor),
    );
    return tracks;
  }

  /** Writes the means of the hour's minutes as one row for each track: a chart of a day reads these. */
  #foldHour(hour: number): void {
    const [first, end] = [hour * trackFactor, (hour + 1) * trackFactor];
    const byTrack = new Map<number, MeanRows>();
    this.#forEachBlob('rollup60', first * 60, end * 60 - 1, (key, data) => {
      let rows = byTrack.get(key % trackFactor);
      if (rows === undefined) {
        rows = new MeanRows();
        byTrack.set(key % trackFactor, rows);
      }
      rows.add(Math.floor(key / trackFactor) * minuteMs, data);
    });
    this.#prepare('DELETE FROM hour WHERE key >= ? AND key < ?').run(first, end);
    for (const [track, rows] of byTrack)
      this.#prepare('INSERT INTO hour VALUES (?, ?)').run(first + track, rows.encode());
  }

  /** Summary of what the columns hold of this time. */
  #summarise(table: RollupTable, fromMs: number, lengthMs: number, track: number): void {
    const blob = encodeRollup(columns, fromMs, fromMs + lengthMs);
    const key = (fromMs / lengthMs) * trackFactor + track;
    if (blob !== null) this.#prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(key, blob);
  }

  /** Every sample of these tracks in `[fromMs, toMs]`, in order of time. */
  read(tracks: readonly number[], fromMs: number, toMs: number): Map<number, Sample[]> {
    const found = new Map<number, Sample[]>(tracks.map((track) => [track, []]));
    const firstKey = Math.floor(fromMs / minuteMs) * trackFactor;
    const lastKey = (Math.floor(toMs / minuteMs) + 1) * trackFactor - 1;
    this.#forEachBlob('chunk', firstKey, lastKey, (key, data) => {
      found.get(key % trackFactor)?.push(...decodeBlock(data));
    });
    this.#forEachBlob('tail', Math.floor(fromMs / 1000), Math.floor(toMs / 1000), (_, data) =>
      addTail(found, data),
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

  /**
   * Means out of the summaries by track, for a chart; the open minute has none yet. An hour that is gathered is given
   * whole, so that minutes of before and after the window may be among them.
   */
  readMeans(
    table: RollupTable,
    tracks: readonly number[],
    fromMs: number,
    toMs: number,
  ): Map<number, MeanRows> {
    const lengthMs = table === 'rollup10' ? 10_000 : minuteMs;
    const found = new Map(tracks.map((track) => [track, new MeanRows()]));
    const last = Math.floor(toMs / lengthMs);
    let next = Math.floor(fromMs / lengthMs);
    const readUntil = (end: number): void => {
      if (end > next)
        this.#forEachBlob(table, next * trackFactor, end * trackFactor - 1, (key, data) => {
          found.get(key % trackFactor)?.add(Math.floor(key / trackFactor) * lengthMs, data);
        });
      next = Math.max(next, end);
    };
    if (table === 'rollup60' && this.#hasHours()) {
      const hours = [Math.floor(next / 60), Math.floor(last / 60) + 1].map((hour) => hour * trackFactor);
      this.#forEachBlob('hour', hours[0] ?? 0, (hours[1] ?? 0) - 1, (key, data) => {
        const minute = Math.floor(key / trackFactor) * 60;
        // An hour that has no row, as one that is not over, is read by its minutes.
        readUntil(minute);
        next = minute + 60;
        found.get(key % trackFactor)?.addBlock(data);
      });
    }
    readUntil(last + 1);
    return found;
  }

  /** Files of before the third step that can only be read have none. */
  #hasHours(): boolean {
    return this.#prepare("SELECT 1 FROM sqlite_schema WHERE name = 'hour'").get() !== undefined;
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
    // Hours of which something is left are gathered anew; one without a row would be read by its minutes.
    const lastHour = Math.floor(toMs / hourMs);
    for (let hour = Math.floor(fromMs / hourMs); hour <= lastHour; hour += 1)
      if (this.#hourTracks(hour).some((track) => tracks.includes(track))) this.#foldHour(hour);
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

/** Calls with each block of a row of the tail. */
function forEachPart(data: Uint8Array, use: (track: number, block: Uint8Array) => void): void {
  const reader = new ByteReader(data);
  while (!reader.done) {
    const track = reader.unsigned();
    const end = reader.partEnd(reader.unsigned());
    use(track, data.subarray(reader.position, end));
    reader.goTo(end);
  }
}

/** Adds what one row of the tail holds of the tracks that are asked for. */
function addTail(byTrack: ReadonlyMap<number, Sample[]>, data: Uint8Array): void {
  forEachPart(data, (track, block) => byTrack.get(track)?.push(...decodeBlock(block)));
}
