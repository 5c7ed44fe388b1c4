/** The report of a run as data: what `perjoule report --format json` writes. */

import type { LineReport } from './lines.ts';
import type { Comparison, EnergyTotals, Gap, RunDevice, RunSetting, StepFigures } from './runs.ts';
import type { WasteItem } from './waste.ts';

export const runReportVersion = 1;

/** The fields of a model card's `co2_eq_emissions`. */
export interface CardEmissions {
  /** Grams of CO2 equivalent. */
  readonly emissions: number;
  readonly source: string;
  readonly hardware_used: string;
}

/** What a model card can say of the run. */
export interface EnergyBlock {
  readonly hardware: string;
  readonly hours: number;
  readonly energyKWh: number;
  /** Source, quality and band of the energy. */
  readonly measuredBy: string;
  /** Null without the user's own intensity: none is assumed. */
  readonly co2EqEmissions: CardEmissions | null;
}

export interface RunReport {
  readonly version: number;
  readonly writtenBy: string;
  readonly runId: string;
  readonly number: number;
  readonly name: string;
  readonly command: string;
  readonly script: string | null;
  readonly state: string;
  readonly exitCode: number | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly simulated: boolean;
  readonly setting: RunSetting | null;
  readonly devices: readonly RunDevice[];
  readonly totals: EnergyTotals;
  readonly steps: StepFigures | null;
  readonly waste: readonly WasteItem[];
  readonly lines: LineReport | null;
  readonly gaps: readonly Gap[];
  readonly notices: readonly string[];
  /** Against the pinned baseline; null where none is pinned. */
  readonly comparison: Comparison | null;
  /** Null for a simulated run and one without energy: a model card holds what was measured. */
  readonly energyBlock: EnergyBlock | null;
}
