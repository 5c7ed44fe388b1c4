/** One sampler per user and machine: a lock that the operating system gives back when its holder dies. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSqlite } from './store/sqlite.ts';

export interface SingletonLock {
  release(): void;
}

/**
 * Takes the lock of the private folder; null when another living sampler holds it. SQLite's file lock does the
 * work, because Node offers no other that is free of races and never stale.
 */
export async function takeSingletonLock(folder: string): Promise<SingletonLock | null> {
  const sqlite = await loadSqlite();
  if (sqlite === null) return takePidFile(join(folder, 'sampler.pid'));
  const database = new sqlite.DatabaseSync(join(folder, 'sampler.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch {
    database.close();
    return null;
  }
}

/** Weaker: two starters at the very moment of a take-over can both win; the socket then shows the later one. */
function takePidFile(path: string): SingletonLock | null {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return { release: () => rmSync(path, { force: true }) };
    } catch {
      try {
        process.kill(Number(readFileSync(path, 'utf8')), 0);
        return null;
      } catch {
        rmSync(path, { force: true });
      }
    }
  }
  return null;
}
