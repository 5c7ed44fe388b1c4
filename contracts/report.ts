/** The report of a run as data: what `perjoule report --format json` writes. */

import type { LineReport } from './lines.ts';
import type {
  Comparison,
  EnergyTotals,
  Gap,
  ImportedFrom,
  KernelHold,
  RunDevice,
  RunSetting,
  StepFigures,
} from './runs.ts';
import type { MemoryHeadroom, WasteItem } from './waste.ts';

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
  /** What else has to be known to read the energy: others on the GPU, time without readings, a run that goes on. */
  readonly notes: readonly string[];
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
  /** Null where no date can tell it. */
  readonly startedAt: string | null;
  readonly durationMs: number;
  readonly simulated: boolean;
  readonly setting: RunSetting | null;
  /** Null for a run of this machine. */
  readonly imported: ImportedFrom | null;
  readonly devices: readonly RunDevice[];
  readonly totals: EnergyTotals;
  /** Of a notebook's kernel after the cell, in no figure of the run; null where none was seen. */
  readonly heldAfter: KernelHold | null;
  readonly steps: StepFigures | null;
  /** What mending one would save is modelled, and in no measured figure. */
  readonly waste: readonly WasteItem[];
  /** Null where the GPUs' memory was used, or is not known. */
  readonly memoryHeadroom: MemoryHeadroom | null;
  readonly lines: LineReport | null;
  readonly gaps: readonly Gap[];
  readonly notices: readonly string[];
  /** Against the pinned baseline; null where none is pinned. */
  readonly comparison: Comparison | null;
  /** Null for a simulated run and one without energy: a model card holds what was measured. */
  readonly energyBlock: EnergyBlock | null;
}
