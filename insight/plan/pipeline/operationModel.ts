/** What is known of one kind of operation, a stage's forward or backward: its measurements, the useful ones, and their curve. */

import { type Exponential, exponentialAt, fitExponential } from './exponentialFit.ts';
import type { CostCurve } from './operationGraph.ts';
import { type FrequencyOption, paretoOptions } from './paretoOptions.ts';
import type { Instruction } from './pipelineSchedule.ts';
import { PlanError } from './planError.ts';
import type { StageProfile } from './stageProfile.ts';

export interface OperationKind {
  readonly stage: number;
  readonly instruction: Instruction;
  /** What was measured at the highest frequency: how it runs without a plan. */
  readonly highest: FrequencyOption;
  /** From the fastest to the slowest; at least one. */
  readonly options: readonly FrequencyOption[];
}

/** What the GPU's time and energy are counted with. */
export interface Accounting {
  /** Draw of a GPU that waits for a neighbour, W. */
  readonly blockingPowerW: number;
  /** The grain of all durations, s. */
  readonly unitTimeS: number;
}

/** @throws PlanError where the time unit is longer than an operation */
export function operationKind(
  profile: StageProfile,
  stage: number,
  instruction: Instruction,
  unitTimeS: number,
): OperationKind {
  const measured = profile.stages[stage]?.[instruction] ?? [];
  const shortestS = Math.min(...measured.map(({ timeS }) => timeS));
  if (shortestS < unitTimeS)
    throw new PlanError(
      `stage ${stage} ${instruction} takes ${shortestS} s, less than the time unit of ${unitTimeS} s; ` +
        `use a time unit of at most ${Number((shortestS / 10).toPrecision(1))} s.`,
    );
  const highest = measured.reduce((a, b) => (b.frequencyMHz > a.frequencyMHz ? b : a));
  return {
    stage,
    instruction,
    highest: { ...highest, units: Math.floor(highest.timeS / unitTimeS) },
    options: paretoOptions(measured, unitTimeS),
  };
}

/**
 * Joules beyond what the GPU would draw while it waits as long: only so is time that is saved credited with the waiting it
 * makes necessary. The waiting of the whole iteration is added to a plan at its end.
 */
const effectiveCostJ = (
  { energyJ, units }: FrequencyOption,
  { blockingPowerW, unitTimeS }: Accounting,
): number => energyJ - blockingPowerW * units * unitTimeS;

export interface FittedCurve extends CostCurve {
  /** Undefined where there is nothing to choose: one duration, or energy that does not fall with time. */
  readonly fit: Exponential | undefined;
  /** The farthest that a measured energy lies from the curve, as a share of that energy. */
  readonly worstDeviation: number;
}

export function fittedCurve({ options }: OperationKind, accounting: Accounting): FittedCurve {
  const points = options.map((option) => ({
    units: option.units,
    costJ: effectiveCostJ(option, accounting),
  }));
  const [fastest] = points;
  if (fastest === undefined) throw new RangeError('an operation without options');
  const fit = points.length > 1 ? fitExponential(points) : undefined;
  if (fit === undefined)
    return {
      fastestUnits: fastest.units,
      costsJ: Float64Array.of(fastest.costJ),
      fit,
      worstDeviation: 0,
    };
  return {
    ...tabulated(fit, fastest.units, points.at(-1)?.units ?? fastest.units),
    fit,
    worstDeviation: points.reduce((worst, { units, costJ }, at) => {
      const share = Math.abs(exponentialAt(fit, units) - costJ) / (options[at]?.energyJ ?? 1);
      return Math.max(worst, share);
    }, 0),
  };
}

/** The curve at every whole duration. */
export function tabulated(fit: Exponential, fastestUnits: number, slowestUnits: number): CostCurve {
  const costsJ = new Float64Array(slowestUnits - fastestUnits + 1);
  for (let at = 0; at < costsJ.length; at += 1) costsJ[at] = exponentialAt(fit, fastestUnits + at);
  return { fastestUnits, costsJ };
}
