/** The checker over the files of a project: what one file does in a step of another counts. Pure; the texts are asked for. */

import { namesGpuFramework } from '../python/frameworks.ts';
import type { PythonParser } from '../python/parser.ts';
import type { IncomingCall } from '../python/project/incoming.ts';
import { Project, type ProjectTexts } from '../python/project/project.ts';
import { type CheckOptions, checkProgram, failed } from './check.ts';
import type { CheckResult } from './finding.ts';
import type { Rule } from './rule.ts';

const notAnalysed: CheckResult = { findings: [], problems: [], analysed: false };

export class ProjectChecker {
  readonly #project: Project;
  readonly #rules: readonly Rule[];

  constructor(parser: PythonParser, texts: ProjectTexts, rules: readonly Rule[]) {
    this.#project = new Project(parser, texts);
    this.#rules = rules;
  }

  /** Never throws. The same result, the very object, as long as nothing that it was made from has changed. */
  check(file: string, options: CheckOptions = {}): CheckResult {
    const path = file.replaceAll('\\', '/');
    try {
      const text = this.#project.text(path);
      if (text === undefined) return notAnalysed;
      // A file without a framework is looked at when another file hands it what is on the device.
      if (!namesGpuFramework(text) && !this.#project.isHandedWork(path)) return notAnalysed;
      const { disabled, ...rest } = options;
      const key = JSON.stringify([[...(disabled ?? [])].sort(), rest]);
      const result = this.#project.outcome(path, key, (program) =>
        checkProgram(program, { rules: this.#rules, options }),
      );
      this.#project.release(path);
      return result ?? notAnalysed;
    } catch (error) {
      return { ...notAnalysed, problems: [failed('The file could not be analysed', error)] };
    }
  }

  /** Sums up what others need to know of a file, so that a question about them finds it done. */
  sumUp(path: string): void {
    this.#project.sumUp(path);
  }

  /** What a file passes to the functions of other files. */
  calls(path: string, keep: boolean): readonly IncomingCall[] {
    return this.#project.calls(path, keep);
  }
}
