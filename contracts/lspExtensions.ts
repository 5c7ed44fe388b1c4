/** What the language server and its client say to each other beside the Language Server Protocol. */

import type { MeasuredHint, StaticFinding } from './findings.ts';
import type { HintScope } from './settings.ts';
import type { TracedHint } from './trace.ts';

/** Request: the findings of the file on disk or in the editor, for a run that starts now. */
export const findingsRequest = 'perjoule/findings';
export interface FindingsParams {
  readonly uri: string;
  /** Somebody names this very file: it is told of whatever it is, as the command line does. */
  readonly named?: boolean;
}
/** What could not be read, is no Python, or is set wrongly: a list of findings without it would look clean. */
export interface FileProblem {
  /** Of a file or, where it may not be listed, of a folder. */
  readonly path: string;
  /** Number of the notebook's cell that the line counts in; null in a file. */
  readonly cell: number | null;
  readonly line: number;
  readonly message: string;
}
export interface FindingsResult {
  readonly findings: readonly StaticFinding[];
  /** Of the file, and of the project file whose settings hold for it. */
  readonly problems: readonly FileProblem[];
  /** Whether the file names a GPU framework at all. */
  readonly usesGpuFramework: boolean;
}

/** Of diagnostics that are no findings: a comment that silences nothing or names no rule, a wrong setting. */
export const problemCodes = ['stale-suppression', 'unknown-rule', 'configuration'] as const;
export type ProblemCode = (typeof problemCodes)[number];

/** Request: the name of the rule that a word means, by an earlier name too; null where there is none. */
export const ruleNamedRequest = 'perjoule/ruleNamed';
export interface RuleNamedParams {
  readonly word: string;
}

/** Request: which settings hold for a file and who said each, as a page of Markdown. */
export const settingsRequest = 'perjoule/settings';
export interface SettingsParams {
  readonly uri: string;
}
export interface SettingsResult {
  readonly markdown: string;
}

/** Notification: everything that runs have measured and that is still of use; replaces what was sent before. */
export const measuredNotification = 'perjoule/measured';
export interface MeasuredParams {
  readonly hints: readonly MeasuredHint[];
}

/** Notification: what profiler traces have shown of findings; replaces what was sent before. */
export const tracedNotification = 'perjoule/traced';
export interface TracedParams {
  readonly hints: readonly TracedHint[];
}

/** Notification to the client after each analysis, for the status item. */
export const analysedNotification = 'perjoule/analysed';
export interface AnalysedParams {
  /** Of the file or the notebook. */
  readonly uri: string;
  /** Null for a file that is not open and for a notebook. */
  readonly version: number | null;
  readonly durationMs: number;
  readonly findings: number;
  /** Why the file was not looked at, for people; null when it was. */
  readonly notChecked: string | null;
}

/** Command names that server-made links and code actions may use; the client registers them. */
export const explainRuleCommand = 'perjoule.explainRule';
export const explainWasteCommand = 'perjoule.explainWaste';
export const showRunCommand = 'perjoule.showRun';

/** Given at start, and again as the settings of `workspace/didChangeConfiguration`. */
export interface ServerInitialization {
  /** Severity by rule name, `off` to silence one. */
  readonly severity: Readonly<Record<string, string>>;
  readonly enable: boolean;
  /** Which files are shown with their findings. Read at the start only; a client restarts the server for another one. */
  readonly scope: HintScope;
  /** URI of the folder that holds one page a rule, `<rule>.md`, shipped with the product. */
  readonly rulePages: string;
}
