/** A run as it travels in a file: see docs/run-files.md. The form has a number; what it says is never redefined. */

import type { StaticFinding } from './findings.ts';
import type { MetricId } from './metrics.ts';
import type { RunDetail, StepMark } from './runs.ts';

export const runFileFormat = 'perjoule-run';
export const runFileVersion = 1;

/** Samples of one GPU, or of the host, in columns: `values.powerW[i]` was read at `timesMs[i]`. */
export interface RunBlock {
  /** The device's uuid, or `host`. */
  readonly track: string;
  /** On the run's clock, ascending. */
  readonly timesMs: readonly number[];
  /** Null is a missing value; a metric without any value is absent. */
  readonly values: Readonly<Partial<Record<MetricId, readonly (number | null)[]>>>;
}

/** A step count with the energy of all the run's GPUs at its moment. */
export interface EnergyMark extends StepMark {
  readonly energyJ: number;
}

/** Everything of a run but its samples. */
export interface RunRecord {
  readonly run: RunDetail;
  readonly stepMarks: readonly EnergyMark[];
  readonly findings: readonly StaticFinding[];
}
