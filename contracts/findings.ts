/** What the checker says about a place in the code, in the form that crosses rooms. */

import type { WasteKind } from './waste.ts';

export type Severity = 'hint' | 'information' | 'warning' | 'error';
export type Confidence = 'certain' | 'likely' | 'possible';

/** A finding of one file, as the sampler keeps it beside a run and as the command line prints it. Lines from 1. */
export interface StaticFinding {
  readonly rule: string;
  /** Absolute path of the file. */
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly message: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Hash of the text of the region the finding depends on: the measurement ages out when it changes. */
  readonly regionHash: string;
  /** The kind of waste a run would show if the finding matters; null when no kind measures it yet. */
  readonly wasteKind: WasteKind | null;
  /** Title of the preferred fix, if there is one. */
  readonly fixTitle: string | null;
}

/** Joules that a run measured for a finding. Matched by rule, path and region hash. */
export interface MeasuredHint {
  readonly rule: string;
  readonly path: string;
  readonly regionHash: string;
  /** Confirmed: the run shows the waste. Refuted: the run had steps enough to show it and did not. */
  readonly verdict: 'confirmed' | 'refuted';
  readonly energyJ: number;
  /** Share of the run's energy, 0–1. */
  readonly share: number;
  readonly runId: string;
  readonly runName: string;
  readonly simulated: boolean;
}
