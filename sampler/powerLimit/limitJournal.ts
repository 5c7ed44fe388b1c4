/**
 * The limits that stood before ours, on disk before the first set: whatever ends this sampler, the next one finds what
 * to put back.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeOwnFolder } from '../ownFolder.ts';
import type { LimitControl, LimitedDevice } from './limitControl.ts';

export interface ChangedLimit extends LimitedDevice {
  readonly control: LimitControl['id'];
  readonly previousW: number;
  /** Limits of ours that may stand, the last one tried too. Another one on the board is somebody else's and stays. */
  readonly oursW: readonly number[];
}

export class LimitJournal {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'power-limits.json');
  }

  /** Nothing for a file that is not there or says nothing. */
  read(): readonly ChangedLimit[] {
    try {
      const parsed: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return Array.isArray(parsed) ? parsed.filter(isChangedLimit) : [];
    } catch {
      return [];
    }
  }

  /** On disk when it returns. @throws Error when it cannot be written: then nothing may be set */
  write(changed: readonly ChangedLimit[]): void {
    if (changed.length === 0) {
      rmSync(this.#path, { force: true });
      return;
    }
    makeOwnFolder(dirname(this.#path));
    const next = `${this.#path}.new`;
    const file = openSync(next, 'w', 0o600);
    try {
      writeSync(file, JSON.stringify(changed));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.#path);
  }
}

function isChangedLimit(value: unknown): value is ChangedLimit {
  const { uuid, index, name, control, previousW, oursW } = Object(value) as Partial<
    Record<keyof ChangedLimit, unknown>
  >;
  return (
    typeof uuid === 'string' &&
    typeof index === 'number' &&
    typeof name === 'string' &&
    typeof control === 'string' &&
    typeof previousW === 'number' &&
    Array.isArray(oursW)
  );
}
