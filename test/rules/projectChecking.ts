/** For tests: the checker over several texts as one project. */

import assert from 'node:assert/strict';
import type { Confidence } from '../../contracts/findings.ts';
import { ProjectChecker } from '../../server/engine/checkProject.ts';
import type { CheckResult } from '../../server/engine/finding.ts';
import { rules } from '../../server/rules/index.generated.ts';
import { lineOf, parser } from './checking.ts';

export const root = '/project';

/** Texts by path below the project's folder; they may be changed between two questions. */
export class TestProject {
  readonly texts: Map<string, string>;
  readonly checker: ProjectChecker;
  /** Texts that were parsed so far. */
  parsed = 0;

  /** `closed`: no file counts as a caller, as for files that no editor has open. */
  constructor(texts: Readonly<Record<string, string>>, { frozen = false, closed = false } = {}) {
    this.texts = new Map(Object.entries(texts).map(([path, text]) => [`${root}/${path}`, text]));
    const { texts: all } = this;
    this.checker = new ProjectChecker(
      {
        parse: (text) => {
          this.parsed += 1;
          return parser.parse(text);
        },
      },
      {
        text: (path) => all.get(path),
        root: () => root,
        get callers() {
          return closed ? [] : all.keys();
        },
        frozen,
      },
      rules,
    );
  }

  check(path: string): CheckResult {
    return this.checker.check(`${root}/${path}`, { root, minConfidence: 'possible' });
  }

  /** `path:line rule` for every finding of the project, also where it is only listed, or from what confidence on is asked. */
  reported(minConfidence: Confidence = 'possible'): string[] {
    return [...this.texts].flatMap(([path, text]) =>
      this.checker
        .check(path, { root, minConfidence })
        .findings.map((f) => `${path.slice(root.length + 1)}:${lineOf(text, f.start)} ${f.rule}`),
    );
  }
}

/** The places that texts mark with `# finding: <rule>`. */
export function markedIn(texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([path, text]) =>
    text.split('\n').flatMap((line, i) => {
      const match = /# finding: ([\w-]+)\s*$/.exec(line);
      return match === null ? [] : [`${path}:${i + 1} ${match[1]}`];
    }),
  );
}

/** What is reported over the whole project is what the texts mark, no more and no less. */
export const agrees = (texts: Readonly<Record<string, string>>): void =>
  assert.deepEqual(new TestProject(texts).reported().sort(), markedIn(texts).sort());
