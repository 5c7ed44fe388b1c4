/**
 * A file that only takes room. On a full disk SQLite cannot even delete, so the room is given back to it:
 * enough for most of an hour of eight GPUs, and for a person to act.
 */

import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const reserveBytes = 2 * 2 ** 20;
/** The reserve is made again only where there is plenty. */
const plentyBytes = 16 * 2 ** 20;

export class DiskReserve {
  readonly #path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, 'reserve');
  }

  /** Makes the file where it is missing and there is room; says nothing when it cannot. */
  keep(): void {
    if (existsSync(this.#path)) return;
    try {
      const disk = statfsSync(this.#folder);
      if (disk.bavail * disk.bsize < plentyBytes) return;
      // Real bytes: a file with a hole takes no room.
      writeFileSync(this.#path, Buffer.alloc(reserveBytes, 1), { mode: 0o600 });
    } catch {
      rmSync(this.#path, { force: true });
    }
  }

  /** Gives the room back; false when it was given back before. */
  release(): boolean {
    if (!existsSync(this.#path)) return false;
    try {
      rmSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }
}
