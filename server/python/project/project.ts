/**
 * The files of a project together. Each file is summed up for those that import it, files that import each other in a
 * circle together; a file is then analysed with what its callers pass. Every result notes the texts and the other results
 * it was made from and stands as long as they do; one that is made again and says the same changes nothing further on.
 * Does no reading itself: the files are asked for by path.
 */

import { namesGpuFramework } from '../frameworks.ts';
import type { Module } from '../nodes.ts';
import type { PythonParser } from '../parser.ts';
import { Program } from '../program.ts';
import { callsInVain } from '../role.ts';
import { Device, type Value } from '../values.ts';
import { circleAround, reachable } from './circles.ts';
import { gpuReach } from './gpuReach.ts';
import type { IncomingCall } from './incoming.ts';
import { Kept } from './kept.ts';
import { Linker, type ProjectView } from './linker.ts';
import { importedFiles } from './moduleNames.ts';
import { type Outline, outlineOf } from './outline.ts';
import type { ModuleSummary } from './portable.ts';
import { settingsIn } from './settingsFile.ts';
import { outgoingCalls, summarise } from './summarise.ts';

export interface ProjectTexts {
  /** Text of a Python file, or of one of settings; undefined when there is none at that path. Paths are joined with `/`. */
  text(path: string): string | undefined;
  /** The project's folder around a file, when it is known. */
  root(path: string): string | undefined;
  /** Files whose calls count: all that are checked, or open. */
  readonly callers: Iterable<string>;
  /** Calls of a file's functions by files that are no callers here, as they were found at another time. */
  callsFromElsewhere?(path: string): readonly IncomingCall[];
  /** No text changes while this object lives: what was once made stands. */
  readonly frozen: boolean;
  /** Another number whenever a text, a root or a call may be another; without it that is so at every question. */
  readonly state?: number;
}

interface Sources {
  /** Texts by path. */
  readonly read: Map<string, string | undefined>;
  /** Other results by key. */
  readonly used: Map<string, unknown>;
}

interface Made<T> extends Sources {
  readonly value: T;
  /** The question at which it was last found to stand. */
  question: number;
}

interface Memo extends Made<unknown> {
  readonly compute: () => unknown;
}

/** Stands while it is called the same as well. */
interface MadeWith<T> extends Made<T> {
  readonly incoming: readonly IncomingCall[];
}

/** Files that reach more than this are summed up alone: all of a large package would be too much for one question. */
const largestReach = 120;
/** Syntax trees and analyses kept, in characters of their texts: an analysis is several times as large as its tree. */
const keptTrees = 1_000_000;
const keptAnalyses = 500_000;
/** Of what was read off one analysis: other settings leave other results behind. */
const mostReadOff = 8;
const fewOutcomes = 256;
const handedWork: ReadonlySet<string> = new Set(['module', 'loader', 'optimizer']);
const nothingCalled: readonly IncomingCall[] = [];

export class Project implements ProjectView {
  private readonly parser: PythonParser;
  private readonly texts: ProjectTexts;
  private readonly made = new Map<string, Memo>();
  private readonly making: Sources[] = [];
  private question = 0;
  private state: number | undefined;
  private readonly modules = new Kept<Module>(keptTrees);
  private readonly programs = new Kept<MadeWith<Program>>(keptAnalyses);
  /** What was read off an analysis, by what it is: it stands as long as the analysis would, which need not be kept. */
  private readonly outcomes = new Map<string, MadeWith<Map<string, unknown>>>();
  private sweepAt = fewOutcomes;
  private readonly lastIncoming = new Map<string, readonly IncomingCall[]>();
  private callerSet: ReadonlySet<string> | undefined;
  private importers: Map<string, string[]> | undefined;
  private gpuFiles: ReadonlySet<string> | undefined;
  /** Where no text changes; null: no file of the project. */
  private readonly outlines = new Map<string, Outline | null>();
  /** What was last asked of a file: where no text changes the same is asked of each in turn. */
  private asked: { readonly key: string; readonly read: (program: Program) => unknown } | undefined;

  constructor(parser: PythonParser, texts: ProjectTexts) {
    this.parser = parser;
    this.texts = texts;
  }

  text(path: string): string | undefined {
    const text = this.texts.text(path);
    this.making.at(-1)?.read.set(path, text);
    return text;
  }

  root(path: string): string | undefined {
    return this.texts.root(path);
  }

  settings(path: string): Value | undefined {
    return this.memo(`settings ${path}`, () => {
      const text = this.text(path);
      return text === undefined ? undefined : settingsIn(path, text);
    });
  }

  outline(path: string): Outline | undefined {
    if (!this.texts.frozen) return this.outlineNow(path);
    // Each import asks for a dozen places, most of which are none: not by a key that is put together each time.
    let outline = this.outlines.get(path);
    if (outline === undefined) {
      outline = this.outlineNow(path) ?? null;
      this.outlines.set(path, outline);
    }
    return outline ?? undefined;
  }

  private outlineNow(path: string): Outline | undefined {
    return this.memo(
      `outline ${path}`,
      () => {
        const text = this.text(path);
        return text === undefined ? undefined : outlineOf(text);
      },
      (outline) =>
        JSON.stringify([
          outline?.imports,
          [...(outline?.defines ?? [])],
          outline?.exported && [...outline.exported],
          [...(outline?.loggers ?? [])],
        ]),
    );
  }

  /**
   * What `read` makes of the analysis of a file with all that is known of the others; the very object while nothing changes
   * that the analysis was made from. `key`: names what is read off, once for a file.
   */
  outcome<T>(path: string, key: string, read: (program: Program) => T): T | undefined {
    this.ask();
    this.asked = { key, read };
    return this.readOff(path, key, read);
  }

  /**
   * The analysis of a file has been used: where no text changes nobody asks for it again, once it is known what the file
   * calls, and of a closed file one of many. Who imports it was analysed before it, and has asked for its summary or needs none.
   */
  release(path: string): void {
    if (!this.programs.has(path)) return;
    if (!this.texts.frozen) {
      if (this.callers.has(path)) return;
      this.programs.delete(path);
      this.modules.delete(path);
      return;
    }
    if (this.imports(path).size > 0) this.allCalls(path);
    this.programs.delete(path);
    // A file of a circle is analysed again without the others, once for each thing that is asked of it.
    if (this.callersOf(path).length === 0 || this.standsAlone(path)) this.modules.delete(path);
  }

  private standsAlone(path: string): boolean {
    return this.circle(path)?.length === 1;
  }

  /** Whether another file hands this one a model, a loader or what is on a device. */
  isHandedWork(path: string): boolean {
    this.ask();
    if (this.callsFromElsewhere(path).length === 0 && !this.onGpu().has(path)) return false;
    return this.incoming(path).some(({ parameters }) =>
      parameters.some(([, v]) => handedWork.has(v.kind) || (v.device & ~Device.cpu) !== 0),
    );
  }

  /** Sums a file up ahead of the question that will need it. */
  sumUp(path: string): void {
    this.ask();
    this.summary(path);
  }

  /** What a file passes to the functions of others. Unless its analysis is to be kept, it is let go: trees are large. */
  calls(path: string, keep: boolean): readonly IncomingCall[] {
    this.ask();
    if (callsInVain(path.slice(this.root(path)?.length ?? 0))) return nothingCalled;
    const calls = this.readOff(path, 'calls', () =>
      [...this.imports(path)].flatMap((callee) =>
        this.outgoing(path, callee).filter((call) => call.callee.path === callee),
      ),
    );
    if (!keep) this.release(path);
    return calls ?? nothingCalled;
  }

  private ask(): void {
    const { frozen, state } = this.texts;
    if (frozen || (state !== undefined && state === this.state)) return;
    this.state = state;
    this.callerSet = undefined;
    this.importers = undefined;
    this.gpuFiles = undefined;
    this.question++;
  }

  private readOff<T>(path: string, key: string, read: (program: Program) => T): T | undefined {
    const incoming = this.incoming(path);
    let known = this.outcomes.get(path);
    if (known !== undefined && (known.incoming !== incoming || !this.stands(known))) known = undefined;
    if (known?.value.has(key)) {
      const outcome = known.value.get(key);
      known.value.delete(key);
      known.value.set(key, outcome);
      return outcome as T;
    }
    const analysis = this.analysed(path);
    if (analysis === undefined) {
      this.outcomes.delete(path);
      return undefined;
    }
    known ??= { ...analysis, value: new Map() };
    // First, since reading may read off the same analysis.
    this.outcomes.set(path, known);
    const outcome = read(analysis.value);
    known.value.set(key, outcome);
    for (const oldest of known.value.keys()) {
      if (known.value.size <= mostReadOff) break;
      known.value.delete(oldest);
    }
    if (this.outcomes.size > this.sweepAt) this.dropRemoved();
    return outcome;
  }

  /** Outcomes of files that are gone; looked for whenever there are twice as many as the last time. */
  private dropRemoved(): void {
    for (const path of this.outcomes.keys())
      if (this.texts.text(path) === undefined) this.outcomes.delete(path);
    this.sweepAt = Math.max(fewOutcomes, 2 * this.outcomes.size);
  }

  private analysed(path: string): MadeWith<Program> | undefined {
    const text = this.texts.text(path);
    if (text === undefined) return undefined;
    const incoming = this.incoming(path);
    const known = this.programs.get(path);
    if (known !== undefined && known.incoming === incoming && this.stands(known)) return known;
    const { value, ...made } = this.noting(() => this.interpreted(path, incoming, false));
    if (value === undefined) return undefined;
    const fresh = { ...made, value, incoming };
    this.programs.set(path, fresh, text.length);
    return fresh;
  }

  private interpreted(
    path: string,
    incoming: readonly IncomingCall[],
    summingUp: boolean,
    summaryOf: (path: string) => ModuleSummary | undefined = (other) => this.summary(other),
  ): Program | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    let module = this.modules.get(path);
    if (module?.text !== text) {
      // Nobody looks at what was made of the text before: the new module takes its nodes along.
      if (module !== undefined) this.programs.delete(path);
      module = this.parser.parse(text, module);
      this.modules.set(path, module, text.length);
    }
    const linker = new Linker(path, this, summaryOf);
    const root = this.root(path);
    return new Program(
      module,
      { path, ...(root === undefined ? {} : { root }) },
      { linker, incoming, summingUp },
    );
  }

  /** What other files need to know of a file. */
  private summary(path: string): ModuleSummary | undefined {
    return this.memo(`summary ${path}`, () => this.summaryNow(path), fingerprint);
  }

  private summaryNow(path: string): ModuleSummary | undefined {
    if (this.text(path) === undefined) return undefined;
    const circle = this.circle(path);
    if (circle === undefined) return this.summedUp(path, () => undefined);
    if (circle.length === 1) return this.summedUp(path, (other) => this.summary(other));
    // First each without the others, then with what came of that: the same whoever asks first.
    return this.summedUp(path, (other) =>
      circle.includes(other) ? this.withoutCircle(other, circle) : this.summary(other),
    );
  }

  private withoutCircle(path: string, circle: readonly string[]): ModuleSummary | undefined {
    return this.memo(
      `without circle ${path}\n${circle.join('\n')}`,
      () => this.summedUp(path, (other) => (circle.includes(other) ? undefined : this.summary(other))),
      fingerprint,
    );
  }

  private circle(path: string): readonly string[] | undefined {
    return this.memo(
      `circle ${path}`,
      () => {
        const imports = (from: string): Set<string> => this.imports(from);
        const reach = reachable(path, imports, largestReach);
        return reach === undefined ? undefined : circleAround(path, reach, imports);
      },
      (circle) => circle?.join('\n') ?? '',
    );
  }

  private summedUp(
    path: string,
    summaryOf: (path: string) => ModuleSummary | undefined,
  ): ModuleSummary | undefined {
    const program = this.interpreted(path, nothingCalled, true, summaryOf);
    return program === undefined ? undefined : summarise(program, path);
  }

  private imports(path: string): Set<string> {
    return this.memo(
      `imports ${path}`,
      () => importedFiles(this, path),
      (files) => [...files].join('\n'),
    );
  }

  /** Calls of other files; the same array while it would hold the same. */
  private incoming(path: string): readonly IncomingCall[] {
    const callers = this.callersOf(path);
    const elsewhere = this.callsFromElsewhere(path);
    if (callers.length === 0 && elsewhere.length === 0) return nothingCalled;
    const calls = callers.flatMap((caller) =>
      this.outgoing(caller, path).filter((call) => call.callee.path === path),
    );
    calls.push(...elsewhere);
    const last = this.lastIncoming.get(path);
    if (last?.length === calls.length && last.every((call, i) => call === calls[i])) return last;
    this.lastIncoming.set(path, calls);
    return calls;
  }

  private callsFromElsewhere(path: string): readonly IncomingCall[] {
    return this.texts.callsFromElsewhere?.(path) ?? nothingCalled;
  }

  private onGpu(): ReadonlySet<string> {
    this.gpuFiles ??= gpuReach(
      this.callers,
      (path) => this.imports(path),
      (path) => namesGpuFramework(this.texts.text(path) ?? ''),
    );
    return this.gpuFiles;
  }

  private get callers(): ReadonlySet<string> {
    this.callerSet ??= new Set(this.texts.callers);
    return this.callerSet;
  }

  private callersOf(path: string): readonly string[] {
    if (this.importers === undefined) {
      const importers = new Map<string, string[]>();
      this.importers = importers;
      for (const caller of [...this.callers].sort()) {
        if (callsInVain(caller.slice(this.root(caller)?.length ?? 0))) continue;
        for (const imported of this.imports(caller))
          importers.set(imported, [...(importers.get(imported) ?? []), caller]);
      }
    }
    return this.importers.get(path) ?? [];
  }

  private outgoing(caller: string, callee: string): readonly IncomingCall[] {
    // Two files that call each other: what the caller passes then counts without what it is passed itself.
    const back = reachable(callee, (from) => this.imports(from), largestReach);
    if (back === undefined || back.has(caller))
      return this.memo(`calls ${caller}`, () => {
        const program = this.interpreted(caller, nothingCalled, false);
        return program === undefined ? [] : outgoingCalls(program, caller);
      });
    return this.allCalls(caller);
  }

  private allCalls(caller: string): readonly IncomingCall[] {
    const { asked } = this;
    const fresh = this.texts.frozen && !this.outcomes.has(caller);
    const calls =
      this.readOff(caller, 'all calls', (program) => outgoingCalls(program, caller)) ?? nothingCalled;
    // What will be asked of the caller too is read off now: its analysis need not be kept for it, nor made again.
    if (fresh && asked !== undefined && namesGpuFramework(this.texts.text(caller) ?? '')) {
      this.readOff(caller, asked.key, asked.read);
      this.release(caller);
    }
    return calls;
  }

  /** `print`: two values of the same print say the same; without it every new one is another. */
  private memo<T>(key: string, compute: () => T, print?: (value: T) => string): T {
    const known = this.made.get(key);
    let value: T;
    if (known !== undefined && this.stands(known)) value = known.value as T;
    else {
      const { value: fresh, ...made } = this.noting(compute);
      const before = known?.value as T;
      const same = known !== undefined && print !== undefined && print(before) === print(fresh);
      value = same ? before : fresh;
      const again = (): T => this.memo(key, compute, print);
      this.made.set(key, { ...made, value, compute: again });
    }
    this.making.at(-1)?.used.set(key, value);
    return value;
  }

  private noting<T>(compute: () => T): Made<T> {
    const sources: Sources = { read: new Map(), used: new Map() };
    if (this.texts.frozen) return { value: compute(), ...sources, question: this.question };
    this.making.push(sources);
    try {
      return { value: compute(), ...sources, question: this.question };
    } finally {
      this.making.pop();
    }
  }

  private stands(made: Made<unknown>): boolean {
    if (made.question === this.question) return true;
    for (const [path, text] of made.read) if (this.texts.text(path) !== text) return false;
    for (const [key, value] of made.used) if (this.again(key) !== value) return false;
    made.question = this.question;
    return true;
  }

  /** A result as it is now. Looking at it again is no use of it. */
  private again(key: string): unknown {
    this.making.push({ read: new Map(), used: new Map() });
    try {
      return this.made.get(key)?.compute();
    } finally {
      this.making.pop();
    }
  }
}

function fingerprint(summary: ModuleSummary | undefined): string {
  if (summary === undefined) return '';
  return JSON.stringify([[...summary.functions], [...summary.classes], [...summary.values]]);
}
