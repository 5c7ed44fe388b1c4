/** What a file could save energy with, marked in the text or not, and what somebody has dismissed. */

import type { Confidence, Severity } from './findings.ts';
import type { TracedHint } from './trace.ts';

/** Request to the language server: what the files named could save energy with. */
export const opportunitiesRequest = 'perjoule/opportunities';
export interface OpportunitiesParams {
  /** Files on disk, open ones and notebooks. */
  readonly uris: readonly string[];
}
export interface OpportunitiesResult {
  /** In the order asked for; a file that cannot be read has none. */
  readonly files: readonly FileOpportunities[];
}

/** Request to the language server, without parameters: the files that a look at the whole workspace means. */
export const workspaceFilesRequest = 'perjoule/workspaceFiles';
export interface WorkspaceFilesResult {
  /** The command line's list less its notebooks: what git ignores and what others wrote is left out. Joined with `/`. */
  readonly paths: readonly string[];
  /** Folders that may not be listed. */
  readonly unlisted: readonly string[];
  /** There are more, which are left out. */
  readonly truncated: boolean;
}

/** Notification to the server, and part of its initialization: every dismissal; replaces what was sent before. */
export const dismissalsNotification = 'perjoule/dismissals';
export interface DismissalsParams {
  readonly dismissals: readonly Dismissal[];
}

/** Notification to the client: the same texts may now be answered otherwise, for a setting, a run or a dismissal. */
export const marksChangedNotification = 'perjoule/marksChanged';

/** Commands that the server's code actions name; the client registers them. Their argument is a `DismissalTarget`. */
export const dismissCommands = {
  intended: 'perjoule.dismissAsIntended',
  tinyData: 'perjoule.dismissAsTinyData',
} as const satisfies Readonly<Record<DismissalKind, string>>;

/**
 * Why a person wants a hint gone. `intended`: it is known and stays, whatever it costs. `tinyData`: there is too little to do
 * in this function for it to matter; a run that measures otherwise outranks that.
 */
export type DismissalKind = 'intended' | 'tinyData';

/** The function that a word about a hint is remembered for. */
export interface DismissalTarget {
  readonly uri: string;
  readonly rule: string;
  /** Qualified name; empty for the code outside functions. */
  readonly functionName: string;
  /** Hashes of the function's lines: says how far its text has changed since, and nothing of what it says. */
  readonly print: readonly string[];
}

/** `tinyData` speaks of the function and counts for every rule in it; `intended` for the one it was said of. */
export interface Dismissal extends DismissalTarget {
  readonly kind: DismissalKind;
  readonly dismissedAtMs: number;
}

/** Two words about the same function and rule are one. */
export function dismissalKey({ kind, uri, rule, functionName }: Omit<Dismissal, 'dismissedAtMs'>): string {
  return JSON.stringify([kind, uri, kind === 'intended' ? rule : '', functionName]);
}

/**
 * `marked`: it has a mark in the text. `preview`: its rule is not proven yet and is off. `unsure`: too much is taken for
 * granted to mark it.
 */
export type Standing = 'marked' | 'preview' | 'unsure';

/** From 0, columns in UTF-16 code units, as editors count. */
export interface TextRange {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface MeasuredOpportunity {
  readonly verdict: 'confirmed' | 'refuted';
  readonly energyJ: number;
  /** Share of the run's energy, 0–1. */
  readonly share: number;
  readonly runName: string;
  readonly simulated: boolean;
  /** How many places share the joules: one figure, which must not be added up. */
  readonly sharedBy: number;
}

export interface Opportunity {
  readonly rule: string;
  /** Of the text it lies in: the file, or a cell of a notebook. */
  readonly uri: string;
  readonly range: TextRange;
  readonly message: string;
  /** Why it costs energy, for somebody who does not know what a GPU does. Written by us: Markdown. */
  readonly why: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly standing: Standing;
  readonly measured: MeasuredOpportunity | null;
  readonly traced: TracedHint | null;
  /** Title of the first fix, if there is one. */
  readonly fixTitle: string | null;
  readonly target: DismissalTarget;
}

/** A finding that a dismissal hides now. */
export interface HiddenFinding {
  /** Of the dismissal. */
  readonly key: string;
  readonly rule: string;
  readonly uri: string;
  readonly range: TextRange;
}

export interface FileOpportunities {
  /** Of the file or the notebook, as asked for. */
  readonly uri: string;
  readonly opportunities: readonly Opportunity[];
  readonly hidden: readonly HiddenFinding[];
}

/** Weights for the order alone: how much it matters if true, times how often such a finding is. No figure is made of them. */
const severityWeight: Readonly<Record<Severity, number>> = { error: 8, warning: 4, information: 2, hint: 1 };
const confidenceWeight: Readonly<Record<Confidence, number>> = { certain: 1, likely: 0.75, possible: 0.35 };
/** A rule in preview has not shown yet how often it is right. */
const previewWeight = 0.5;

function weight({ severity, confidence, standing }: Opportunity): number {
  return (
    severityWeight[severity] * confidenceWeight[confidence] * (standing === 'preview' ? previewWeight : 1)
  );
}

/** Measured joules, the most first; then what nobody measured; last what a run has refuted or a trace retired. */
function energyRank({ measured, traced }: Opportunity): number {
  if (traced?.verdict === 'retired') return -1;
  if (measured === null) return 0;
  if (measured.verdict === 'confirmed') return measured.energyJ;
  return traced === null ? -1 : 0;
}

/** Share of time that a trace has shown. */
const tracedRank = ({ traced }: Opportunity): number => (traced?.verdict === 'confirmed' ? traced.share : 0);

/** The order in which opportunities are worth a look. */
export function byWorth(a: Opportunity, b: Opportunity): number {
  return (
    energyRank(b) - energyRank(a) ||
    tracedRank(b) - tracedRank(a) ||
    weight(b) - weight(a) ||
    (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0) ||
    a.range.startLine - b.range.startLine ||
    a.range.startColumn - b.range.startColumn
  );
}
