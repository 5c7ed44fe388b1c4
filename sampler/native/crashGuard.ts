/**
 * Remembers which shared library was being called when a sampler died. A wrong call or a broken driver ends the whole
 * process, and no handler sees it; so a byte in a file says, while a library is called, that it is. A library that
 * ended two samplers shortly after each other is left alone until it is another file, which a new driver brings.
 */

import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeOwnFolder } from '../ownFolder.ts';

/** Two within this time count; one alone may have been a signal from outside at a bad moment. */
const crashWindowMs = 10 * 60_000;
const crashesUntilDenied = 2;
const listName = 'native-crashes.json';
const markPattern = /^native-(\d+)-\d+\.mark$/;

export interface CallMark {
  /** True just before the library is called, false after. */
  set(calling: boolean): void;
  close(): void;
}

/** When each library ended a sampler, wall clock, oldest first; by the library's identity. */
type Crashes = Record<string, number[]>;

export class CrashGuard {
  readonly #folder: string;
  readonly #isAlive: (pid: number) => boolean;
  #marks = 0;

  constructor(folder: string, isAlive: (pid: number) => boolean = pidLives) {
    this.#folder = folder;
    this.#isAlive = isAlive;
  }

  /** @param library names the file and its version; another file is another library */
  isDenied(library: string): boolean {
    const crashes = this.#takeLeftMarks();
    const times = crashes[library] ?? [];
    return times.some(
      (timeMs, index) =>
        index + 1 >= crashesUntilDenied &&
        timeMs - (times[index + 1 - crashesUntilDenied] ?? 0) <= crashWindowMs,
    );
  }

  /** A mark that cannot be written guards nothing and hinders nothing. */
  mark(library: string): CallMark {
    this.#marks += 1;
    const path = join(this.#folder, `native-${process.pid}-${this.#marks}.mark`);
    let descriptor: number | null = null;
    try {
      makeOwnFolder(this.#folder);
      descriptor = openSync(path, 'w', 0o600);
      writeSync(descriptor, `0${library}`);
    } catch {
      descriptor = null;
    }
    const states = { calling: Buffer.from('1'), quiet: Buffer.from('0') };
    return {
      set(calling) {
        if (descriptor === null) return;
        try {
          writeSync(descriptor, calling ? states.calling : states.quiet, 0, 1, 0);
        } catch {
          // A full disk: this byte overwrites one that is there, so it hardly ever happens.
        }
      },
      close() {
        if (descriptor === null) return;
        closeSync(descriptor);
        descriptor = null;
        try {
          rmSync(path, { force: true });
        } catch {
          // A mark that says "not called" may stay.
        }
      },
    };
  }

  /** Marks of processes that are gone become entries of the list. */
  #takeLeftMarks(): Crashes {
    const crashes = this.#read();
    let changed = false;
    for (const name of this.#markNames()) {
      const pid = Number(markPattern.exec(name)?.[1]);
      if (pid === process.pid || this.#isAlive(pid)) continue;
      const path = join(this.#folder, name);
      try {
        const text = readFileSync(path, 'utf8');
        if (text.startsWith('1')) {
          const library = text.slice(1);
          crashes[library] = [...(crashes[library] ?? []), statSync(path).mtimeMs].sort((a, b) => a - b);
          changed = true;
        }
        rmSync(path, { force: true });
      } catch {
        // Another sampler took it first.
      }
    }
    if (changed) this.#write(crashes);
    return crashes;
  }

  #markNames(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => markPattern.test(name));
    } catch {
      return [];
    }
  }

  #read(): Crashes {
    try {
      const parsed: unknown = JSON.parse(readFileSync(join(this.#folder, listName), 'utf8'));
      const valid = Object.entries(Object(parsed) as Record<string, unknown>).filter(
        (entry): entry is [string, number[]] =>
          Array.isArray(entry[1]) && entry[1].every((time) => typeof time === 'number'),
      );
      return Object.fromEntries(valid);
    } catch {
      return {};
    }
  }

  #write(crashes: Crashes): void {
    const path = join(this.#folder, listName);
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify(crashes)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {
      // Without a folder to write to, each sampler tries anew.
    }
  }
}

function pidLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
