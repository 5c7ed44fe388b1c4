/**
 * What files that are not open pass to the functions of those that are: a function of an open file is part of a step that
 * only a closed file runs. Found in the background, a file at a time, so that no key waits for it; until then, and where
 * the bounds below leave a caller out, the open files are checked without it.
 */

import { setImmediate } from 'node:timers/promises';
import type { IncomingCall } from '../python/project/incoming.ts';
import { callsInVain } from '../python/role.ts';
import type { ImportGraph } from './importGraph.ts';

/** Time without a change before the files are looked at, ms. */
const restMs = 400;
/** Closed files that are analysed as callers of the open ones, the nearest first. */
const mostCallers = 60;
const mostCharacters = 600_000;
/** A larger file would hold up a key for too long. */
const largestCaller = 150_000;
/** Callers of callers change what a caller passes; after so many rounds the rest is left for the next change. */
const mostRounds = 3;

/** What the index asks of the project. */
export interface CallsOfProject {
  /** Texts of open modules by path, joined with `/`. */
  openTexts(): ReadonlyMap<string, string>;
  sumUp(path: string): void;
  calls(path: string): readonly IncomingCall[];
}

interface Found {
  readonly print: string;
  readonly calls: readonly IncomingCall[];
}

export class CallerIndex {
  readonly #graph: ImportGraph;
  readonly #files: () => Promise<readonly string[]>;
  readonly #project: CallsOfProject;
  readonly #onChanged: () => void;
  readonly #found = new Map<string, Found>();
  /** Calls by the file of the function, then by the file that calls. */
  #byCallee = new Map<string, Map<string, IncomingCall[]>>();
  #isNews = false;
  #current = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    graph: ImportGraph,
    files: () => Promise<readonly string[]>,
    project: CallsOfProject,
    onChanged: () => void,
  ) {
    this.#graph = graph;
    this.#files = files;
    this.#project = project;
    this.#onChanged = onChanged;
  }

  /** Calls of a file's functions by closed files, as they were last found. */
  callsOf(path: string, isOpen: (path: string) => boolean): readonly IncomingCall[] {
    const byCaller = this.#byCallee.get(path);
    if (byCaller === undefined) return [];
    return [...byCaller].flatMap(([caller, calls]) => (isOpen(caller) ? [] : calls));
  }

  /** A text, a file or the set of open ones has changed. */
  changed(): void {
    this.#current += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look().catch(() => {}), restMs).unref();
  }

  async #look(): Promise<void> {
    const round = this.#current;
    const isStale = (): boolean => round !== this.#current;
    // What was found so far stays; the round that a newer change begins goes on from there.
    const pause = async (): Promise<void> => {
      await setImmediate();
      if (isStale()) throw new Error('a newer change');
    };
    const open = this.#project.openTexts();
    await this.#graph.update(await this.#files(), open, pause);
    const callers = this.#callersOf(open);
    this.#keep(new Set(callers));
    for (let pass = 0; pass < mostRounds; pass += 1) if (!(await this.#analyse(callers, pause))) break;
    if (!this.#isNews) return;
    this.#isNews = false;
    this.#onChanged();
  }

  /** Closed files that lead to an open one by their imports, those farthest from it first. */
  #callersOf(open: ReadonlyMap<string, string>): readonly string[] {
    const importers = new Map<string, string[]>();
    for (const path of this.#graph.paths()) {
      if (callsInVain(path.slice(this.#graph.root(path)?.length ?? 0))) continue;
      for (const imported of this.#graph.imports(path))
        importers.set(imported, [...(importers.get(imported) ?? []), path]);
    }
    const reached = new Set(open.keys());
    for (const path of reached) for (const importer of importers.get(path) ?? []) reached.add(importer);
    const onGpu = this.#graph.onGpu(reached);
    const callers: string[] = [];
    let characters = 0;
    for (const path of reached) {
      const size = this.#graph.characters(path);
      if (open.has(path) || !onGpu.has(path) || size > largestCaller) continue;
      if (callers.length >= mostCallers || characters + size > mostCharacters) break;
      characters += size;
      callers.push(path);
    }
    return callers.reverse();
  }

  async #analyse(callers: readonly string[], pause: () => Promise<void>): Promise<boolean> {
    const summedUp = new Set<string>();
    let changed = false;
    for (const caller of callers) {
      for (const imported of this.#graph.imports(caller)) await this.#sumUp(imported, summedUp, pause);
      await pause();
      const calls = this.#project.calls(caller);
      const print = JSON.stringify(calls);
      if (this.#found.get(caller)?.print === print) continue;
      this.#found.set(caller, { print, calls });
      this.#join();
      changed = true;
    }
    return changed;
  }

  /** The deepest first, so that each needs no more than its own file. */
  async #sumUp(path: string, done: Set<string>, pause: () => Promise<void>): Promise<void> {
    if (done.has(path)) return;
    done.add(path);
    for (const imported of this.#graph.imports(path)) await this.#sumUp(imported, done, pause);
    await pause();
    this.#project.sumUp(path);
  }

  #keep(callers: ReadonlySet<string>): void {
    const gone = [...this.#found.keys()].filter((path) => !callers.has(path));
    for (const path of gone) this.#found.delete(path);
    if (gone.length > 0) this.#join();
  }

  /** In one order, whichever was found first. */
  #join(): void {
    this.#isNews = true;
    this.#byCallee = new Map();
    for (const [caller, { calls }] of [...this.#found].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const call of calls) {
        const byCaller = this.#byCallee.get(call.callee.path) ?? new Map<string, IncomingCall[]>();
        this.#byCallee.set(call.callee.path, byCaller);
        byCaller.set(caller, [...(byCaller.get(caller) ?? []), call]);
      }
  }
}
