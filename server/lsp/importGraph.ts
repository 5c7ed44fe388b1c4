/** Which files of the workspace import which, by their first look: texts are read once and not kept. */

import { readFileSync, statSync } from 'node:fs';
import { namesGpuFramework } from '../python/frameworks.ts';
import { gpuReach } from '../python/project/gpuReach.ts';
import { importedFiles, type OutlineView } from '../python/project/moduleNames.ts';
import { type Outline, outlineOf } from '../python/project/outline.ts';
import { decodeSource, maximumSourceBytes } from '../sourceText.ts';

/** Files on disk of which it is asked without a pause whether they have changed. */
const asksTogether = 64;

interface KnownFile {
  /** Of a file on disk: its time and size; of an open one: its text. */
  readonly stamp: string;
  readonly outline: Outline;
  /** Says whether the outline is another one. */
  readonly print: string;
  readonly namesFramework: boolean;
  readonly characters: number;
}

export class ImportGraph implements OutlineView {
  readonly #rootOf: (path: string) => string | undefined;
  readonly #files = new Map<string, KnownFile>();
  readonly #imports = new Map<string, ReadonlySet<string>>();

  constructor(rootOf: (path: string) => string | undefined) {
    this.#rootOf = rootOf;
  }

  /** Takes the files as they are now. `pause` is waited for after each that is new, and now and then in between. */
  async update(
    paths: readonly string[],
    openTexts: ReadonlyMap<string, string>,
    pause: () => Promise<void>,
  ): Promise<void> {
    const wanted = new Set([...paths, ...openTexts.keys()]);
    for (const path of this.#files.keys()) if (!wanted.has(path)) this.#set(path, undefined);
    let unchanged = 0;
    for (const path of wanted) {
      const before = this.#files.get(path);
      const text = openTexts.get(path);
      const now = text === undefined ? onDisk(path, before) : known(text, text, before);
      if (now === before) unchanged += 1;
      else this.#set(path, now);
      if (now !== before || unchanged % asksTogether === 0) await pause();
    }
    for (const path of this.#files.keys()) {
      if (this.#imports.has(path)) continue;
      this.imports(path);
      await pause();
    }
  }

  outline(path: string): Outline | undefined {
    return this.#files.get(path)?.outline;
  }

  root(path: string): string | undefined {
    return this.#rootOf(path);
  }

  paths(): Iterable<string> {
    return this.#files.keys();
  }

  characters(path: string): number {
    return this.#files.get(path)?.characters ?? 0;
  }

  imports(path: string): ReadonlySet<string> {
    let found = this.#imports.get(path);
    if (found === undefined) {
      found = importedFiles(this, path);
      this.#imports.set(path, found);
    }
    return found;
  }

  /** Those of the files that what lies on a GPU could reach. */
  onGpu(paths: Iterable<string>): ReadonlySet<string> {
    return gpuReach(
      paths,
      (path) => this.imports(path),
      (path) => this.#files.get(path)?.namesFramework === true,
    );
  }

  #set(path: string, file: KnownFile | undefined): void {
    // A name that is defined elsewhere now, or a file that came or went: any import may mean another file.
    if (file?.print !== this.#files.get(path)?.print) this.#imports.clear();
    if (file === undefined) this.#files.delete(path);
    else this.#files.set(path, file);
  }
}

function known(stamp: string, text: string, before: KnownFile | undefined): KnownFile {
  if (before?.stamp === stamp) return before;
  const outline = outlineOf(text);
  const print = JSON.stringify([outline.imports, [...outline.defines]]);
  return { stamp, outline, print, namesFramework: namesGpuFramework(text), characters: text.length };
}

function onDisk(path: string, before: KnownFile | undefined): KnownFile | undefined {
  try {
    const status = statSync(path);
    const stamp = `${status.mtimeMs}:${status.size}:${status.ino}`;
    if (before?.stamp === stamp) return before;
    if (!status.isFile() || status.size > maximumSourceBytes) return undefined;
    const source = decodeSource(readFileSync(path));
    return 'text' in source ? known(stamp, source.text, undefined) : undefined;
  } catch {
    return undefined;
  }
}
