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
/** Work without letting others go first, ms: most files need no more than a look at what is known of them. */
const turnMs = 4;
/** Closed files that are analysed as callers of the open ones, the nearest first. */
const mostCallers = 60;
const mostCharacters = 600_000;
/** A larger file would hold up a key for too long. */
const largestCaller = 150_000;
/** Callers of callers change what a caller passes; after so many rounds the rest is left for the next change. */
const mostRounds = 3;

/** What the index asks of the project. */
export interface CallsOfProject {
  /** Whether every file of the workspace is shown, not only what is open. */
  readonly isWide: boolean;
  /** Texts of open modules by path, joined with `/`. */
  openTexts(): ReadonlyMap<string, string>;
  /** What files pass to others is another now. */
  callsChanged(): void;
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
  readonly #byCallee = new Map<string, Map<string, IncomingCall[]>>();
  #isNews = false;
  #isPending = false;
  #onGpu: ReadonlySet<string> = new Set();
  #settled: (() => void)[] = [];
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
    // In one order, whichever was found first.
    const callers = [...byCaller.keys()].filter((caller) => !isOpen(caller)).sort();
    return callers.flatMap((caller) => byCaller.get(caller) ?? []);
  }

  /** A text, a file or the set of open ones has changed. */
  changed(): void {
    this.#current += 1;
    this.#isPending = true;
    clearTimeout(this.#timer);
    const round = this.#current;
    const ended = (): void => {
      if (round !== this.#current) return;
      this.#isPending = false;
      for (const resolve of this.#settled.splice(0)) resolve();
    };
    this.#timer = setTimeout(() => void this.#look().then(ended, ended), restMs).unref();
  }

  /** The files that what lies on a GPU could reach, once everything that has changed so far is gone through. */
  async onGpu(): Promise<ReadonlySet<string>> {
    if (this.#isPending) await new Promise<void>((resolve) => this.#settled.push(resolve));
    return this.#onGpu;
  }

  async #look(): Promise<void> {
    const round = this.#current;
    const isStale = (): boolean => round !== this.#current;
    // What was found so far stays; the round that a newer change begins goes on from there.
    let turn = performance.now();
    const pause = async (): Promise<void> => {
      if (performance.now() - turn < turnMs) return;
      await setImmediate();
      if (isStale()) throw new Error('a newer change');
      turn = performance.now();
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

  /** Closed files that lead to an open one by their imports: the nearest, and of these each before what it imports. */
  #callersOf(open: ReadonlyMap<string, string>): readonly string[] {
    const importers = new Map<string, string[]>();
    for (const path of this.#graph.paths()) {
      if (callsInVain(path.slice(this.#graph.root(path)?.length ?? 0))) continue;
      for (const imported of this.#graph.imports(path))
        importers.set(imported, [...(importers.get(imported) ?? []), path]);
    }
    const reached = new Set(this.#project.isWide ? this.#graph.paths() : open.keys());
    for (const path of reached) for (const importer of importers.get(path) ?? []) reached.add(importer);
    const onGpu = this.#graph.onGpu(reached);
    this.#onGpu = onGpu;
    const callers = new Set<string>();
    let characters = 0;
    for (const path of reached) {
      const size = this.#graph.characters(path);
      if (open.has(path) || !onGpu.has(path) || size > largestCaller) continue;
      const isFull = callers.size >= mostCallers || characters + size > mostCharacters;
      if (isFull && !this.#project.isWide) break;
      characters += size;
      callers.add(path);
    }
    return this.#importersFirst(callers);
  }

  #importersFirst(paths: ReadonlySet<string>): readonly string[] {
    const seen = new Set<string>();
    const order: string[] = [];
    // With a list of its own for what is still to do: chains of imports can be long.
    for (const start of paths) {
      const todo = [{ path: start, left: false }];
      for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
        const { path, left } = at;
        if (left) order.push(path);
        if (left || seen.has(path)) continue;
        seen.add(path);
        todo.push({ path, left: true });
        for (const imported of this.#graph.imports(path))
          if (paths.has(imported)) todo.push({ path: imported, left: false });
      }
    }
    return order.reverse();
  }

  async #analyse(callers: readonly string[], pause: () => Promise<void>): Promise<boolean> {
    const summedUp = new Set<string>();
    let changed = false;
    for (const caller of callers) {
      for (const imported of this.#graph.imports(caller)) await this.#sumUp(imported, summedUp, pause);
      await pause();
      const calls = this.#callsBy(caller);
      const print = JSON.stringify(calls);
      if (this.#found.get(caller)?.print === print) continue;
      this.#replace(caller, { print, calls });
      changed = true;
    }
    return changed;
  }

  /** A file that cannot be analysed says so where it is asked for itself; the others go on. */
  #callsBy(caller: string): readonly IncomingCall[] {
    try {
      return this.#project.calls(caller);
    } catch {
      return [];
    }
  }

  /** The deepest first, so that each needs no more than its own file. */
  async #sumUp(path: string, done: Set<string>, pause: () => Promise<void>): Promise<void> {
    if (done.has(path)) return;
    done.add(path);
    for (const imported of this.#graph.imports(path)) await this.#sumUp(imported, done, pause);
    await pause();
    try {
      this.#project.sumUp(path);
    } catch {
      // As above.
    }
  }

  #keep(callers: ReadonlySet<string>): void {
    for (const path of [...this.#found.keys()]) if (!callers.has(path)) this.#replace(path, undefined);
  }

  #replace(caller: string, found: Found | undefined): void {
    this.#isNews = true;
    for (const { callee } of this.#found.get(caller)?.calls ?? [])
      this.#byCallee.get(callee.path)?.delete(caller);
    if (found === undefined) this.#found.delete(caller);
    else this.#found.set(caller, found);
    for (const call of found?.calls ?? []) {
      const byCaller = this.#byCallee.get(call.callee.path) ?? new Map<string, IncomingCall[]>();
      this.#byCallee.set(call.callee.path, byCaller);
      byCaller.set(caller, [...(byCaller.get(caller) ?? []), call]);
    }
    this.#project.callsChanged();
  }
}
