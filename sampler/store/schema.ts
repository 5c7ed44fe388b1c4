/** The store's tables, as numbered steps. A step that was published is never edited: a new one is added. */

import type { DatabaseSync } from 'node:sqlite';

const migrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  -- What samples belong to: a GPU (name is its uuid) or the host side of a run (name is the run's id).
  CREATE TABLE track (track_id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));
  -- The seconds of the minute that is still open; each row holds one block for every track.
  CREATE TABLE tail (second INTEGER PRIMARY KEY, data BLOB NOT NULL);
  -- key = minute * 2^20 + track: keys grow with time, so every insert appends.
  CREATE TABLE chunk (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
  CREATE TABLE rollup10 (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
  CREATE TABLE rollup60 (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
  CREATE TABLE run (
    run_id TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_at_ms REAL NOT NULL,
    -- Sampler time of the run clock's zero.
    clock_zero_ms REAL NOT NULL,
    duration_ms REAL NOT NULL,
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    -- The whole record as JSON; the columns above repeat what is searched for.
    record TEXT NOT NULL,
    findings TEXT NOT NULL DEFAULT '[]'
  );
  CREATE INDEX run_by_start ON run (started_at_ms);
  CREATE TABLE step_mark (
    run_id TEXT NOT NULL,
    count REAL NOT NULL,
    time_ms REAL NOT NULL,
    energy_j REAL NOT NULL,
    PRIMARY KEY (run_id, time_ms, count)
  ) WITHOUT ROWID;
  `,
  // Wall clock of a deletion that can still be taken back; such a run is in no list.
  'ALTER TABLE run ADD COLUMN deleted_at_ms REAL',
  // Means of the minutes of each hour that is over, a block for each track; key = hour * 2^20 + track.
  'CREATE TABLE hour (key INTEGER PRIMARY KEY, data BLOB NOT NULL)',
  // What is kept of a run that is gone for good and was pinned, a DeletedBaseline as JSON.
  'CREATE TABLE deleted_baseline (run_id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID',
];

export const schemaVersion = migrations.length;

export function readSchemaVersion(database: DatabaseSync): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/** Brings an older or empty file to this version, all or nothing. */
export function migrate(database: DatabaseSync): void {
  const from = readSchemaVersion(database);
  if (from >= schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of migrations.slice(from)) database.exec(step);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
