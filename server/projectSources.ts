/** Texts of a project's Python files for the checker: what the door has at hand first, then the disk. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { decodeNotebook, isNotebook, maximumNotebookBytes } from './notebookSource.ts';
import type { IncomingCall } from './python/project/incoming.ts';
import type { ProjectTexts } from './python/project/project.ts';
import { decodeSource, maximumSourceBytes } from './sourceText.ts';

/** A file on disk is looked at again when a question comes this long after the last look, in ms. */
const lookAgainMs = 1_000;
/** Deeper trees than this are read file by file, without lists of their folders. */
const mostFolders = 20_000;

interface DiskText {
  readonly stamp: string;
  readonly text: string | undefined;
  readonly look: number;
}

interface Door {
  /** Text of a file that an editor holds or a command line was given; paths are joined with `/`. */
  text(path: string): string | undefined;
  root(path: string): string | undefined;
  callers(): Iterable<string>;
  callsFromElsewhere?(path: string): readonly IncomingCall[];
  /** Nothing changes until the program ends. */
  readonly frozen: boolean;
  /** Whether a file on disk may be read; all, without it. */
  mayRead?(path: string): boolean;
}

export const slashed = (path: string): string => path.replaceAll('\\', '/');

export class ProjectSources implements ProjectTexts {
  readonly #door: Door;
  readonly #disk = new Map<string, DiskText>();
  readonly #folders = new Map<string, ReadonlySet<string> | undefined>();
  #look = 0;
  #state = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(door: Door) {
    this.#door = door;
  }

  get frozen(): boolean {
    return this.#door.frozen;
  }

  get state(): number {
    return this.#state;
  }

  /** A text of the door, or what it says of callers, is another. */
  changed(): void {
    this.#state += 1;
  }

  get callers(): Iterable<string> {
    return this.#door.callers();
  }

  /** Before a question: the disk may have changed since the last. */
  look(now: number): void {
    if (this.frozen || now - this.#lookedAt < lookAgainMs) return;
    this.#lookedAt = now;
    this.#look += 1;
    this.#folders.clear();
    this.changed();
  }

  /** After something on the disk is known to have changed. */
  lookAgain(): void {
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Whether something was made of this file as it lies on the disk. */
  hasRead(path: string): boolean {
    return this.#disk.get(path)?.text !== undefined;
  }

  root(path: string): string | undefined {
    return this.#door.root(path);
  }

  callsFromElsewhere(path: string): readonly IncomingCall[] {
    return this.#door.callsFromElsewhere?.(path) ?? [];
  }

  text(path: string): string | undefined {
    const known = this.#door.text(path);
    if (known !== undefined) return known;
    const before = this.#disk.get(path);
    if (before?.look === this.#look) return before.text;
    if (before === undefined && !this.#listed(path)) return undefined;
    const fresh = this.#read(path, before);
    this.#disk.set(path, fresh);
    return fresh.text;
  }

  #read(path: string, before: DiskText | undefined): DiskText {
    const look = this.#look;
    try {
      if (this.#door.mayRead?.(path) === false) return { stamp: '', text: undefined, look };
      const status = statSync(path);
      const stamp = `${status.mtimeMs}:${status.size}:${status.ino}`;
      if (before?.stamp === stamp) return { ...before, look };
      const notebook = isNotebook(path);
      const most = notebook ? maximumNotebookBytes : maximumSourceBytes;
      if (!status.isFile() || status.size > most) return { stamp, text: undefined, look };
      const source = (notebook ? decodeNotebook : decodeSource)(readFileSync(path));
      return { stamp, text: 'text' in source ? source.text : undefined, look };
    } catch {
      return { stamp: '', text: undefined, look };
    }
  }

  /** Whether the folder's list holds the name: imports of libraries ask for many files that are not there. */
  #listed(path: string): boolean {
    const at = path.lastIndexOf('/');
    if (at <= 0) return true;
    return this.#list(path.slice(0, at))?.has(path.slice(at + 1)) === true;
  }

  #list(folder: string): ReadonlySet<string> | undefined {
    if (this.#folders.has(folder)) return this.#folders.get(folder);
    const at = folder.lastIndexOf('/');
    const above = at > 0 ? this.#folders.get(folder.slice(0, at)) : undefined;
    // The list of the folder above says already that there is none of this name.
    if (above !== undefined && !above.has(folder.slice(at + 1))) return undefined;
    let names: Set<string> | undefined;
    try {
      names = new Set(readdirSync(folder));
    } catch {
      names = undefined;
    }
    if (this.#folders.size < mostFolders) this.#folders.set(folder, names);
    return names;
  }
}
