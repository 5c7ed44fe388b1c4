/** The files of one check as one project: what a step in one of them does in another counts. */

import { resolve } from 'node:path';
import type { CheckResult } from '../server/engine/finding.ts';
import type { CheckedFile, Engine, ProjectEngine } from '../server/lsp/engineDoor.ts';
import { ProjectSources, slashed } from '../server/projectSources.ts';
import type { DecodedSource } from '../server/sourceText.ts';
import type { CheckInput } from './checkInputs.ts';
import { displayPath } from './displayPath.ts';
import { Positions } from './report/positions.ts';
import type { OtherFile } from './report/report.ts';

export class CheckedFiles {
  readonly #engine: Engine;
  readonly #inputs: readonly CheckInput[];
  readonly #texts = new Map<string, string>();
  readonly #shown = new Map<string, string>();
  readonly #sources: ProjectSources;
  readonly #project: ProjectEngine | undefined;

  /** `unchanged`: files that are not checked themselves. `frozen`: no text is changed by a fix. */
  constructor(
    engine: Engine,
    inputs: readonly CheckInput[],
    unchanged: readonly string[],
    frozen: boolean,
    mayRead: (path: string) => boolean,
  ) {
    this.#engine = engine;
    this.#inputs = inputs;
    for (const path of [...inputs.map((input) => input.path), ...unchanged])
      this.#shown.set(slashed(resolve(path)), path);
    this.#sources = new ProjectSources({
      text: (path) => this.#texts.get(path),
      root: () => process.cwd(),
      callers: () => this.#shown.keys(),
      frozen,
      mayRead,
    });
    this.#project = engine.project?.(this.#sources);
  }

  /** All texts, before the first check: any of them may call into any other. */
  async readAll(): Promise<[CheckInput, DecodedSource][]> {
    const out: [CheckInput, DecodedSource][] = [];
    for (const input of this.#inputs) {
      const source = await input.read();
      if ('text' in source) this.#texts.set(slashed(resolve(input.path)), source.text);
      out.push([input, source]);
    }
    return out;
  }

  check(text: string, file: Omit<CheckedFile, 'text'>): CheckResult {
    if (this.#project === undefined) return this.#engine.check({ ...file, text });
    const path = slashed(file.path);
    if (this.#texts.get(path) !== text) this.#sources.changed();
    this.#texts.set(path, text);
    return this.#project.check(file);
  }

  /** Another file that a finding names, as reports name it. */
  other(path: string): OtherFile | undefined {
    const text = this.#sources.text(path);
    if (text === undefined) return undefined;
    return { path: this.#shown.get(path) ?? displayPath(path), positions: new Positions(text) };
  }
}
