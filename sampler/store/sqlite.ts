/** The one place that loads SQLite, because not every runtime has it. */

export type Sqlite = typeof import('node:sqlite');

/** Null where the runtime was built without `node:sqlite` (Node before 22.13, some Electron builds). */
export async function loadSqlite(): Promise<Sqlite | null> {
  try {
    return await import('node:sqlite');
  } catch {
    return null;
  }
}

/** SQLite's own number of an error, or undefined for any other error. */
export function sqliteErrorCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

export const sqliteFull = 13;
export const sqliteCorrupt = 11;
export const sqliteNotADatabase = 26;
