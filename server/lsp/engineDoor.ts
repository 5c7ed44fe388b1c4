import type { Confidence, Severity } from '../../contracts/findings.ts';
import type { Assumptions } from '../engine/configuration.ts';
import type { CheckResult, Problem } from '../engine/finding.ts';
import type { RuleFamily } from '../engine/rule.ts';
import type { IncomingCall } from '../python/project/incoming.ts';
import type { ProjectTexts } from '../python/project/project.ts';

/** What the editor says about a rule. Written by us, so it may be Markdown. */
export interface RuleText {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly family: RuleFamily;
  /** Only stable rules are on unless the user names the rule. */
  readonly stage: 'preview' | 'stable' | 'deprecated';
  /** One plain sentence. */
  readonly summary: string;
  readonly severity: Severity;
  /** One sentence for somebody who does not know what a GPU does. */
  readonly why: string;
  /** Where the expected saving comes from, or that nothing was measured. */
  readonly evidence: string;
}

export interface CheckedFile {
  readonly path: string;
  readonly text: string;
  /** The project's folder: what a folder above it is called says nothing about the file. */
  readonly root: string | undefined;
  /** Rules that are not run; without it all are. */
  readonly disabled?: ReadonlySet<string>;
  readonly assume?: Assumptions;
  /** Findings below this are left out; without it those that are only possible. */
  readonly minConfidence?: Confidence;
}

/** The checker over files that belong together. */
export interface ProjectEngine {
  /**
   * Synchronous and never throws. The same result, the very object, as long as neither the file nor what it uses of others
   * has changed. The text is the one that the project's texts give for the path.
   */
  check(file: Omit<CheckedFile, 'text'>): CheckResult;
  /** Work ahead of the questions, a file at a time. Paths are joined with `/`; both may throw. */
  sumUp(path: string): void;
  /** `keep`: the file's analysis, for a question about the file itself. */
  calls(path: string, keep: boolean): readonly IncomingCall[];
}

/** All that the editor features know of the checker: tests put a tiny one in its place. */
export interface Engine {
  /** Absent where every file is checked alone. */
  project?(texts: ProjectTexts): ProjectEngine;
  /** Synchronous and never throws. */
  check(file: CheckedFile): CheckResult;
  /** Whether Python would run a text, for one that `check` need not parse; absent where nobody asks. */
  syntaxProblems?(text: string): readonly Problem[];
  readonly rules: readonly RuleText[];
}
