/** What a step takes and costs under each power limit, and the sweep that tries limits on a live run. */

import type { MissingReason } from './provenance.ts';

/** The measured steps of a run while every GPU of it had one power limit, warm-up left out. */
export interface LimitPoint {
  /** Of each GPU, watts. */
  readonly limitW: number;
  readonly steps: number;
  readonly perStepMs: number;
  /** By so much it may be wrong, for lines that tell of steps can come late; absent where nothing was asked of that. */
  readonly perStepErrorMs?: number;
  /** Of all GPUs of the run together. */
  readonly perStepJ: number;
  /** Standard deviation of a step's energy between blocks of steps; null with too few of them. */
  readonly spreadJ: number | null;
  /** Of all GPUs together, watts. */
  readonly meanPowerW: number;
  /** False: no GPU was seen held by this limit, so it changes nothing. Null: nothing tells. */
  readonly reached: boolean | null;
  /**
   * Whether its energy per step differs from that at the highest limit by more than the spread of the steps, and how late
   * they may have been seen, explain; null with too few steps to tell, and for the highest limit itself.
   */
  readonly differs: boolean | null;
  /** No other point is both faster and cheaper: on the Pareto curve. */
  readonly paretoOptimal: boolean;
}

/** Whether its limit may be advised: the highest, which changes nothing, or one whose energy differs beyond doubt. */
export const isBeyondDoubt = (point: LimitPoint, highest: LimitPoint): boolean =>
  point.limitW === highest.limitW || point.differs === true;

export interface PowerPlan {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
  readonly simulated: boolean;
  readonly gpus: number;
  /** Lowest limit first. */
  readonly points: readonly LimitPoint[];
  /** What was left out, and what makes the points weak, in sentences. */
  readonly caveats: readonly string[];
}

/** Which limit to take, for every wish that a page can ask about; watts. */
export interface LimitPicks {
  readonly leastEnergyW: number;
  /** At most so many percent slower than at the highest measured limit: one entry for each percent from 0. */
  readonly bySlowdown: readonly number[];
  /** Energy weighed against time: one entry for each hundredth of eta, 0 (time alone) to 1 (energy alone). */
  readonly byEta: readonly number[];
}

export interface PlannedPower extends PowerPlan {
  /** Null without points. */
  readonly picks: LimitPicks | null;
}

export interface PowerLimitRange {
  readonly currentW: number;
  /** Null where the device does not tell it. */
  readonly defaultW: number | null;
  readonly leastW: number;
  readonly mostW: number;
}

/** One GPU of a run as a sweep would treat it. */
export interface PowerLimitState {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
  readonly range: PowerLimitRange | null;
  /** What a person would type to set a limit of so many watts, with `<W>` in the place of the number. */
  readonly command: string | null;
  /** Why it cannot be asked or set; null when it can. */
  readonly refusal: LimitRefusal | null;
}

export interface LimitRefusal {
  readonly reason: MissingReason | 'othersHold' | 'schedulerOwns' | 'notLive' | 'noSteps' | 'busy';
  readonly message: string;
  readonly remedy: string | null;
}

export interface SweepOptions {
  /** Limits of each GPU, in the order in which they are tried; empty: from the highest down in strides. */
  readonly limitsW: readonly number[];
  readonly strideW: number;
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
}

export const usualSweep: SweepOptions = { limitsW: [], strideW: 25, warmUpSteps: 10, measuredSteps: 40 };

export interface PowerSweep {
  readonly runId: string;
  readonly state: 'running' | 'done' | 'stopped' | 'refused';
  /** The limits that are tried, in order. */
  readonly limitsW: readonly number[];
  /** How many of them are measured. */
  readonly done: number;
  /** Null before the first and after the last. */
  readonly limitW: number | null;
  /** Steps done under this limit, and needed for it. */
  readonly steps: number;
  readonly stepsWanted: number;
  /** What the sweep has taken so far, its warm-up among it: the run's own steps, done at other limits. */
  readonly costSteps: number;
  readonly costJ: number;
  readonly costMs: number;
  readonly points: readonly LimitPoint[];
  /** Why it stopped or was refused. */
  readonly refusal: LimitRefusal | null;
  /** Whether every limit stands again where it stood before; false while it runs. */
  readonly restored: boolean;
}

/** A run to plan with; a batch size of null is looked for in its command. */
export interface SizedRun {
  readonly runId: string;
  readonly batchSize: number | null;
}

/** Steps of one batch size, from one recorded run. */
export interface BatchPoint {
  readonly runId: string;
  readonly number: number;
  readonly name: string;
  /** Samples that one step of the run takes, over all GPUs. */
  readonly batchSize: number;
  /** Where the batch size comes from: the command's own words, or the person who asks. */
  readonly from: 'command' | 'asked';
  readonly steps: number;
  readonly perStepMs: number;
  readonly perSampleMs: number;
  readonly perSampleJ: number;
  readonly spreadJ: number | null;
  /** Highest share of a GPU's memory in use; null when nothing tells. */
  readonly memoryShare: number | null;
  readonly simulated: boolean;
}

/** A run that has no place on the curve. */
export interface LeftOutRun {
  readonly runId: string;
  readonly number: number;
  /** Its command names no batch size; with one it would have a place. */
  readonly needsSize: boolean;
  /** In a sentence. */
  readonly why: string;
}

/** The recorded size that took least energy per sample. */
export interface BestBatch {
  readonly batchSize: number;
  /** Nearest recorded sizes on either side, which took no less; null where none was recorded. */
  readonly between: readonly [smaller: number | null, larger: number | null];
  /** Whether the optimum was passed, in a sentence. */
  readonly why: string;
}

export interface BatchPlan {
  /** Smallest batch first. */
  readonly points: readonly BatchPoint[];
  /** Null without points. */
  readonly best: BestBatch | null;
  readonly leftOut: readonly LeftOutRun[];
  /** Next size worth a run, with the reason; null when none is. */
  readonly next: { readonly batchSize: number; readonly why: string } | null;
  readonly caveats: readonly string[];
}
