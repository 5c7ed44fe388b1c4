/** What insight is fed: readings on the run's own clock, live from the sampler or again from the store. */

import type { PowerSensing, Quality } from '../contracts/provenance.ts';
import type { SharingState } from '../contracts/sharing.ts';

/** One GPU's readings at one time. A value that is not known is absent (or null, as the store has it), never 0. */
export interface GpuTick {
  readonly uuid: string;
  /** When this GPU was read, if not at the tick's own time; milliseconds on the run's clock. */
  readonly timeMs?: number | undefined;
  readonly powerW?: number | null | undefined;
  /** Joules since some start; may reset. */
  readonly energyJ?: number | null | undefined;
  /** Share of the last update period in which some kernel ran, 0–1. */
  readonly utilization?: number | null | undefined;
  readonly memoryUsedBytes?: number | null | undefined;
  readonly powerLimitW?: number | null | undefined;
  /** Mean of about the last second, beside an instant `powerW`. */
  readonly averagePowerW?: number | null | undefined;
  /** 1 while clocks are held down to keep the power limit, else 0. */
  readonly powerCapped?: number | null | undefined;
  /** 1 while heat or the board holds the clocks down, else 0. */
  readonly slowedDown?: number | null | undefined;
  readonly smClockMHz?: number | null | undefined;
  readonly temperatureC?: number | null | undefined;
}

/** The run's processes over the interval that ends at the tick. */
export interface HostTick {
  /** CPU of the whole process tree, in cores. */
  readonly cpuCores?: number | null | undefined;
  readonly hostMemoryBytes?: number | null | undefined;
  /** Share of the interval the main process spent loading, from `createHostActivity`. */
  readonly hostInputShare?: number | null | undefined;
  /** Share of the interval the main process slept outside loading. */
  readonly hostWaitShare?: number | null | undefined;
  /** Power of the machine's processors and memory: shown beside a run, never part of its total. */
  readonly cpuPowerW?: number | null | undefined;
  readonly memoryPowerW?: number | null | undefined;
  /** CPU of the tree without the main process, in cores; derived from `cpuCores` when absent. */
  readonly workerCores?: number | null | undefined;
}

export interface RunTick {
  /** Milliseconds on the run's clock, which starts at 0 with the run. */
  readonly timeMs: number;
  readonly gpus: readonly GpuTick[];
  readonly host: HostTick | null;
}

export interface InsightDevice {
  readonly uuid: string;
  /** Quality of this device's power value. */
  readonly powerQuality: Quality;
  readonly hasEnergyCounter: boolean;
  /** The sensor's band as a share; null when unknown. */
  readonly band: number | null;
  /** Its power is the counter's own difference: no witness. */
  readonly powerFromCounter?: boolean;
  /** How its power values are made, where that is known of the chip. */
  readonly sensing?: PowerSensing | null;
  /** A new value of the counter so often, milliseconds; null or absent: as usual. */
  readonly counterPeriodMs?: number | null;
  /** Its readings come so far apart, milliseconds; null or absent: as the first of them do. */
  readonly readEveryMs?: number | null;
  /** Where the division of its energy stands, where this is a run that is read again. */
  readonly sharingState?: SharingState | null;
  readonly memoryTotalBytes?: number | null;
}

/** A step count and the energy of all the run's GPUs at the moment it was seen. */
export interface StepMark {
  /** Steps done since the progress line began to count, over all epochs. */
  readonly count: number;
  /** Milliseconds on the run's clock. */
  readonly timeMs: number;
  /** Joules since the run began. */
  readonly energyJ: number;
}
