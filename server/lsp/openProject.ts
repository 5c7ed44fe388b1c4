import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CheckResult } from '../engine/finding.ts';
import { ProjectSources, slashed } from '../projectSources.ts';
import type { IncomingCall } from '../python/project/incoming.ts';
import { CallerIndex, type CallsOfProject } from './callerIndex.ts';
import type { CheckedFile, Engine, ProjectEngine } from './engineDoor.ts';
import { ImportGraph } from './importGraph.ts';
import type { OpenModule, OpenModules } from './openModules.ts';
import type { Sheet } from './sheets.ts';

/** What the project asks for beyond the open files. */
export interface Workspace {
  /** Paths of its Python files, joined with `/`. */
  files(): Promise<readonly string[]>;
  root(path: string): string | undefined;
  /** Whether every file of it is shown, not only what is open. */
  isWide(): boolean;
  /** Closed files pass other things to the open ones than before. */
  callersChanged(): void;
}

/** The open files and notebooks and what they import, checked together, with what closed files pass to them. */
export class OpenProject implements CallsOfProject {
  readonly #modules: OpenModules;
  readonly #sources: ProjectSources;
  readonly #engine: ProjectEngine;
  readonly #index: CallerIndex;
  readonly #workspace: Workspace;
  /** Open modules by path, and the text that is checked just now. */
  #open = new Map<string, OpenModule>();
  #asked: { readonly path: string; readonly text: string } | undefined;

  constructor(project: NonNullable<Engine['project']>, modules: OpenModules, workspace: Workspace) {
    this.#modules = modules;
    this.#workspace = workspace;
    this.#sources = new ProjectSources({
      text: (path) => (path === this.#asked?.path ? this.#asked.text : this.#openText(path)),
      root: workspace.root,
      callers: () => this.#open.keys(),
      callsFromElsewhere: (path) => this.#index.callsOf(path, (caller) => this.#open.has(caller)),
      frozen: false,
    });
    this.#engine = project(this.#sources);
    const graph = new ImportGraph(workspace.root);
    this.#index = new CallerIndex(graph, workspace.files, this, workspace.callersChanged);
  }

  /** A text was opened, edited or closed. */
  changed(): void {
    this.#index.changed();
  }

  diskChanged(): void {
    this.#sources.lookAgain();
    this.#index.changed();
  }

  /** Whether something was made of this file as it lies on the disk. */
  hasRead(path: string): boolean {
    return this.#sources.hasRead(slashed(path));
  }

  get isWide(): boolean {
    return this.#workspace.isWide();
  }

  /** The files that what lies on a GPU could reach, once their callers are known; paths joined with `/`. */
  onGpu(): Promise<ReadonlySet<string>> {
    return this.#index.onGpu();
  }

  openTexts(): ReadonlyMap<string, string> {
    this.#look();
    return new Map([...this.#open.keys()].map((path) => [path, this.#openText(path) ?? '']));
  }

  callsChanged(): void {
    this.#sources.changed();
  }

  sumUp(path: string): void {
    this.#look();
    this.#engine.sumUp(path);
  }

  calls(path: string): readonly IncomingCall[] {
    this.#look();
    return this.#engine.calls(path, this.isWide);
  }

  #look(): void {
    const now = new Map(this.#modules.all().map((module) => [slashed(module.path), module]));
    const isSame =
      now.size === this.#open.size && [...now].every(([path, module]) => this.#open.get(path) === module);
    if (!isSame) {
      this.#open = now;
      this.#sources.changed();
    }
    this.#sources.look(performance.now());
  }

  check(file: Omit<CheckedFile, 'text'>, text: string): CheckResult {
    this.#look();
    const path = slashed(file.path);
    if (this.#sources.text(path) === text) return this.#engine.check(file);
    // Read from the disk just now, where the project still has what it read before.
    this.#asked = { path, text };
    this.#sources.changed();
    try {
      return this.#engine.check(file);
    } finally {
      this.#asked = undefined;
      this.#sources.changed();
    }
  }

  /** The sheets of the other files that a result names places in. */
  sheetsOf(result: CheckResult): Map<string, readonly Sheet[]> {
    const out = new Map<string, readonly Sheet[]>();
    for (const { path } of result.findings.flatMap((finding) => finding.related)) {
      if (path === undefined || out.has(path)) continue;
      const open = this.#open.get(path);
      const text = this.#sources.text(path);
      if (open !== undefined) out.set(path, open.sheets);
      else if (text !== undefined) {
        const uri = pathToFileURL(path).href;
        const document = TextDocument.create(uri, 'python', 0, text);
        out.set(path, [{ uri, version: null, document, start: 0 }]);
      }
    }
    return out;
  }

  #openText(path: string): string | undefined {
    const source = this.#open.get(path)?.source;
    return source !== undefined && 'text' in source ? source.text : undefined;
  }
}
