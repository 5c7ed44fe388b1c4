/** Opens the store's file in the best way it allows, and says which way that was. */

import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreState } from '../../contracts/samplerProtocol.ts';
import { makeOwnFolder } from '../ownFolder.ts';
import { migrate, readSchemaVersion, schemaVersion } from './schema.ts';
import { type Sqlite, sqliteCorrupt, sqliteErrorCode, sqliteNotADatabase } from './sqlite.ts';
import { isNetworkFolder, storeFolder } from './storePlace.ts';

export const storeFileName = 'runs.db';

export interface OpenedStore {
  /** Takes everything new. */
  readonly main: DatabaseSync;
  /** Earlier runs that can only be read; set in the state `readOnly`. */
  readonly archive: DatabaseSync | null;
  readonly state: StoreState;
  readonly folder: string | null;
}

const because = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Never throws for a file or folder that cannot be used: the store is then kept in memory, and the state says why. */
export function openStore(sqlite: Sqlite, environment: NodeJS.ProcessEnv = process.env): OpenedStore {
  const folder = storeFolder(environment);
  const path = join(folder, storeFileName);
  try {
    makeOwnFolder(folder);
  } catch (error) {
    return inMemory(sqlite, `Runs are not kept: ${folder} cannot be made (${because(error)}).`);
  }
  const network = isNetworkFolder(folder, environment);
  let damaged: string | null = null;
  for (;;) {
    try {
      const main = openWritable(sqlite, path, network);
      if (main === 'newer') {
        return readOnly(
          sqlite,
          path,
          'The run store was written by a newer version: it is read, and new runs are not kept.',
        );
      }
      return { main, archive: null, state: { kind: 'durable', path, reason: damaged }, folder };
    } catch (error) {
      const code = sqliteErrorCode(error);
      const corrupt = code === sqliteCorrupt || code === sqliteNotADatabase;
      if (corrupt && damaged === null) {
        const aside = moveAside(path);
        damaged = aside === null ? null : `The earlier run store was damaged and was moved to ${aside}.`;
        if (aside !== null) continue;
      }
      const busy = code === 5 || code === 6;
      const why = busy && network ? 'another sampler writes to it over the network' : because(error);
      return readOnly(sqlite, path, `New runs are not kept: ${path} cannot be written (${why}).`);
    }
  }
}

/** Renames a damaged store and what belongs to it; its new path, or null when even that fails. Never deletes. */
export function moveAside(path: string): string | null {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${path}.damaged-${stamp}`;
  try {
    renameSync(path, aside);
    for (const suffix of ['-wal', '-shm', '-journal']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    }
    return aside;
  } catch {
    return null;
  }
}

function openWritable(sqlite: Sqlite, path: string, network: boolean): DatabaseSync | 'newer' {
  const database = new sqlite.DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 2000');
    const version = readSchemaVersion(database);
    if (version > schemaVersion) {
      database.close();
      return 'newer';
    }
    if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    // Shared memory does not work between machines: no write-ahead log there, and one writer at a time.
    if (network) database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE');
    else database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 256');
    database.exec('PRAGMA synchronous = FULL');
    migrate(database);
    // Touches the pages that are needed anyway, so that damage shows now; the write proves that writing works.
    database.prepare('SELECT count(*), max(number) FROM run').get();
    database.exec("BEGIN IMMEDIATE; INSERT OR REPLACE INTO meta VALUES ('opened', datetime('now')); COMMIT");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function readOnly(sqlite: Sqlite, path: string, reason: string): OpenedStore {
  const memory = inMemory(sqlite, reason);
  try {
    const archive = new sqlite.DatabaseSync(path, { readOnly: true });
    archive.prepare('SELECT count(*) FROM run').get();
    return { ...memory, archive, state: { kind: 'readOnly', path, reason } };
  } catch {
    return memory;
  }
}

function inMemory(sqlite: Sqlite, reason: string): OpenedStore {
  const main = new sqlite.DatabaseSync(':memory:');
  migrate(main);
  return { main, archive: null, state: { kind: 'memory', path: null, reason }, folder: null };
}
