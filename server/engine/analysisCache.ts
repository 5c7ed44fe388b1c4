/** The last analysis of each document, by text: rules may run again (settings changed) without parsing again. */

import { namesGpuFramework } from '../python/frameworks.ts';
import type { PythonParser } from '../python/parser.ts';
import { analyse, type Program } from '../python/program.ts';
import { type CheckInput, checkProgram, checkText } from './check.ts';
import type { CheckResult } from './finding.ts';

export class AnalysisCache {
  private readonly programs = new Map<string, Program>();
  private readonly parser: PythonParser;
  private readonly limit: number;

  constructor(parser: PythonParser, limit = 32) {
    this.parser = parser;
    this.limit = limit;
  }

  /** Parses once per text; the oldest document goes when there are too many. */
  check(input: Omit<CheckInput, 'parser'>): CheckResult {
    let program = this.programs.get(input.path);
    if (program === undefined || program.text !== input.text) {
      this.programs.delete(input.path);
      if (!namesGpuFramework(input.text)) return { findings: [], problems: [], analysed: false };
      try {
        const { root } = input.options ?? {};
        program = analyse(this.parser.parse(input.text), {
          path: input.path,
          ...(root === undefined ? {} : { root }),
        });
      } catch {
        // The one-shot way says what went wrong.
        return checkText({ ...input, parser: this.parser });
      }
      this.programs.set(input.path, program);
      const oldest = this.programs.keys().next().value;
      if (this.programs.size > this.limit && oldest !== undefined) this.programs.delete(oldest);
    }
    return checkProgram(program, input);
  }

  forget(path: string): void {
    this.programs.delete(path);
  }
}
