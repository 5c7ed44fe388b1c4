/**
 * The files of a project together. Each file is summed up for those that import it, files that import each other in a
 * circle together; a file is then analysed with what its callers pass. Every result notes which texts it was made from
 * and stands as long as none of them changes. Does no reading itself: the files are asked for by path.
 */

import type { Module } from '../nodes.ts';
import type { PythonParser } from '../parser.ts';
import { Program } from '../program.ts';
import { callsInVain } from '../role.ts';
import { Device } from '../values.ts';
import { circleAround, reachable } from './circles.ts';
import type { IncomingCall } from './incoming.ts';
import { Kept } from './kept.ts';
import { Linker } from './linker.ts';
import { importedFiles, type OutlineView } from './moduleNames.ts';
import { type Outline, outlineOf } from './outline.ts';
import type { ModuleSummary } from './portable.ts';
import { outgoingCalls, summarise } from './summarise.ts';

export interface ProjectTexts {
  /** Text of a Python file; undefined when there is none at that path. Paths are joined with `/`. */
  text(path: string): string | undefined;
  /** The project's folder around a file, when it is known. */
  root(path: string): string | undefined;
  /** Files whose calls count: all that are checked, or open. */
  readonly callers: Iterable<string>;
  /** No text changes while this object lives: what was once made stands. */
  readonly frozen: boolean;
}

interface Made<T> {
  readonly value: T;
  /** Texts it was made from. */
  readonly read: ReadonlyMap<string, string | undefined>;
}

interface MadeProgram extends Made<Program> {
  readonly incoming: readonly IncomingCall[];
}

/** Files that reach more than this are summed up alone: all of a large package would be too much for one question. */
const largestReach = 120;
/** Syntax trees and analyses kept, in characters of their texts. */
const keptCharacters = 1_500_000;
const handedWork: ReadonlySet<string> = new Set(['module', 'loader', 'optimizer']);
const nothingCalled: readonly IncomingCall[] = [];

export class Project implements OutlineView {
  private readonly parser: PythonParser;
  private readonly texts: ProjectTexts;
  private readonly made = new Map<string, Made<unknown>>();
  private readonly reading: Map<string, string | undefined>[] = [];
  private readonly modules = new Kept<Module>(keptCharacters);
  private readonly programs = new Kept<MadeProgram>(keptCharacters);
  private readonly outgoingOf = new WeakMap<Program, readonly IncomingCall[]>();
  private readonly lastIncoming = new Map<string, readonly IncomingCall[]>();
  private importers: Map<string, string[]> | undefined;

  constructor(parser: PythonParser, texts: ProjectTexts) {
    this.parser = parser;
    this.texts = texts;
  }

  text(path: string): string | undefined {
    const text = this.texts.text(path);
    this.reading.at(-1)?.set(path, text);
    return text;
  }

  root(path: string): string | undefined {
    return this.texts.root(path);
  }

  outline(path: string): Outline | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    return this.memo(`outline ${path}`, () => {
      this.text(path);
      return outlineOf(text);
    });
  }

  /** The analysis of a file with all that is known of the others; the same object while nothing changes. */
  program(path: string): Program | undefined {
    if (!this.texts.frozen) this.importers = undefined;
    return this.analysed(path);
  }

  /** Whether another file hands this one a model, a loader or what is on a device. */
  isHandedWork(path: string): boolean {
    if (!this.texts.frozen) this.importers = undefined;
    return this.incoming(path).some(({ parameters }) =>
      parameters.some(([, v]) => handedWork.has(v.kind) || (v.device & ~Device.cpu) !== 0),
    );
  }

  private analysed(path: string): Program | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const incoming = this.incoming(path);
    const known = this.programs.get(path);
    if (known !== undefined && known.incoming === incoming && this.stands(known)) {
      this.note(known.read);
      return known.value;
    }
    const { value, read } = this.noting(() => this.interpreted(path, incoming, false));
    if (value === undefined) return undefined;
    this.programs.set(path, { value, read, incoming }, text.length);
    return value;
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
      module = this.parser.parse(text);
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
    if (this.text(path) === undefined) return undefined;
    const circle = this.memo(`circle ${path}`, () => {
      const imports = (from: string): Set<string> => this.imports(from);
      const reach = reachable(path, imports, largestReach);
      return reach === undefined ? undefined : circleAround(path, reach, imports);
    });
    if (circle === undefined) return this.memo(`alone ${path}`, () => this.summedUp(path, () => undefined));
    if (circle.length === 1)
      return this.memo(`summary ${path}`, () => this.summedUp(path, (other) => this.summary(other)));
    return this.memo(`circle of ${circle[0]}`, () => this.summedUpTogether(circle)).get(path);
  }

  private summedUp(
    path: string,
    summaryOf: (path: string) => ModuleSummary | undefined,
  ): ModuleSummary | undefined {
    const program = this.interpreted(path, nothingCalled, true, summaryOf);
    return program === undefined ? undefined : summarise(program, path);
  }

  /** First each without the others, then each with what came of that: the same whoever asks first. */
  private summedUpTogether(circle: readonly string[]): Map<string, ModuleSummary | undefined> {
    const members = new Set(circle);
    const first = new Map<string, ModuleSummary | undefined>();
    const outside = (other: string): ModuleSummary | undefined =>
      members.has(other) ? undefined : this.summary(other);
    for (const path of circle) first.set(path, this.summedUp(path, outside));
    const inside = (other: string): ModuleSummary | undefined =>
      members.has(other) ? first.get(other) : this.summary(other);
    return new Map(circle.map((path) => [path, this.summedUp(path, inside)]));
  }

  private imports(path: string): Set<string> {
    return this.memo(`imports ${path}`, () => importedFiles(this, path));
  }

  /** Calls of other files; the same array while it would hold the same. */
  private incoming(path: string): readonly IncomingCall[] {
    const callers = this.callersOf(path);
    if (callers.length === 0) return nothingCalled;
    const calls = callers.flatMap((caller) =>
      this.outgoing(caller, path).filter((call) => call.callee.path === path),
    );
    const last = this.lastIncoming.get(path);
    if (last?.length === calls.length && last.every((call, i) => call === calls[i])) return last;
    this.lastIncoming.set(path, calls);
    return calls;
  }

  private callersOf(path: string): readonly string[] {
    if (this.importers === undefined) {
      const importers = new Map<string, string[]>();
      this.importers = importers;
      for (const caller of [...this.texts.callers].sort()) {
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
    const kept = this.texts.frozen ? this.made.get(`all calls ${caller}`) : undefined;
    if (kept !== undefined) return kept.value as readonly IncomingCall[];
    const program = this.analysed(caller);
    if (program === undefined) return nothingCalled;
    let calls = this.outgoingOf.get(program);
    if (calls === undefined) {
      calls = outgoingCalls(program, caller);
      this.outgoingOf.set(program, calls);
    }
    if (this.texts.frozen) this.made.set(`all calls ${caller}`, { value: calls, read: new Map() });
    return calls;
  }

  private memo<T>(key: string, compute: () => T): T {
    const known = this.made.get(key) as Made<T> | undefined;
    if (known !== undefined && this.stands(known)) {
      this.note(known.read);
      return known.value;
    }
    const made = this.noting(compute);
    this.made.set(key, made);
    return made.value;
  }

  private noting<T>(compute: () => T): Made<T> {
    if (this.texts.frozen) return { value: compute(), read: new Map() };
    const read = new Map<string, string | undefined>();
    this.reading.push(read);
    try {
      const value = compute();
      return { value, read };
    } finally {
      this.reading.pop();
      this.note(read);
    }
  }

  private note(read: ReadonlyMap<string, string | undefined>): void {
    const outer = this.reading.at(-1);
    if (outer !== undefined) for (const [path, text] of read) outer.set(path, text);
  }

  private stands({ read }: Made<unknown>): boolean {
    for (const [path, text] of read) if (this.texts.text(path) !== text) return false;
    return true;
  }
}
