/**
 * The engine's result: pure data, independent of the editor and of the command line.
 * Offsets are UTF-16 code units into the text that was analysed.
 */

import type { Confidence, Severity } from '../../contracts/findings.ts';
import type { WasteKind } from '../../contracts/waste.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface TextEdit extends Span {
  readonly text: string;
}

/** `safe` keeps meaning and may run on save; a `suggestion` needs a person. */
export type FixSafety = 'safe' | 'suggestion';

export interface Fix {
  /** What the light bulb says, in the imperative. */
  readonly title: string;
  readonly safety: FixSafety;
  /** At most one line: what a person must know before taking a suggestion. */
  readonly caveat?: string;
  /** Ordered, not overlapping. */
  readonly edits: readonly TextEdit[];
}

export interface Related extends Span {
  readonly message: string;
  /** File of the place, when it is another one; the offsets are into its text. */
  readonly path?: string;
}

export interface Finding extends Span {
  readonly rule: string;
  /** One sentence ending in a full stop: what is wasted, when, what to do. */
  readonly message: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Where a run that shows the waste leaves less to doubt than the text alone: how sure it is then. */
  readonly confidenceInRuns?: Confidence;
  readonly fixes: readonly Fix[];
  readonly related: readonly Related[];
  /** The text a measurement of this finding depends on. */
  readonly region: Span;
  readonly regionHash: string;
  readonly wasteKind: WasteKind | null;
}

/** A function or method with its decorators. */
export interface FunctionSpan extends Span {
  /** As Python's own `__qualname__`, less its `<locals>`. */
  readonly name: string;
}

/**
 * A suppression comment that suppresses nothing, a rule that threw, a file that could not be read or that Python would
 * not run, wrong settings.
 */
export interface Problem extends Span {
  readonly kind:
    | 'staleSuppression'
    | 'unknownRule'
    | 'ruleFailed'
    | 'unreadable'
    | 'syntaxError'
    | 'configuration';
  readonly message: string;
}

export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  /** Whether the file names a GPU framework at all; when false nothing was parsed. */
  readonly analysed: boolean;
  /** Every function of the file, in the order of their starts; absent when nothing was found in it. */
  readonly functions?: readonly FunctionSpan[];
}
