import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { CheckResult } from '../engine/finding.ts';
import { ProjectSources, slashed } from '../projectSources.ts';
import type { CheckedFile, Engine, ProjectEngine } from './engineDoor.ts';
import type { OpenModule, OpenModules } from './openModules.ts';
import type { Sheet } from './sheets.ts';

/** The open files and notebooks and what they import, checked together. What is open calls; closed files call nobody. */
export class OpenProject {
  readonly #modules: OpenModules;
  readonly #sources: ProjectSources;
  readonly #engine: ProjectEngine;
  /** Open modules by path, and the text that is checked just now. */
  readonly #open = new Map<string, OpenModule>();
  #asked: { readonly path: string; readonly text: string } | undefined;

  constructor(
    project: NonNullable<Engine['project']>,
    modules: OpenModules,
    rootOf: (path: string) => string | undefined,
  ) {
    this.#modules = modules;
    this.#sources = new ProjectSources({
      text: (path) => (path === this.#asked?.path ? this.#asked.text : this.#openText(path)),
      root: rootOf,
      callers: () => this.#open.keys(),
      frozen: false,
    });
    this.#engine = project(this.#sources);
  }

  check(file: Omit<CheckedFile, 'text'>, text: string): CheckResult {
    this.#open.clear();
    for (const module of this.#modules.all()) this.#open.set(slashed(module.path), module);
    this.#sources.look(performance.now());
    this.#asked = { path: slashed(file.path), text };
    try {
      return this.#engine.check(file);
    } finally {
      this.#asked = undefined;
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
