/**
 * What a plan saves against every operation at the highest frequency, alone and while another pipeline straggles. Counted as
 * in the evaluation of Perseus (SOSP 2024): GPUs of a stage and pipelines that wait draw the blocking power.
 */

import { timedOperations } from './criticalPath.ts';
import type { FrontierPoint, PipelineFrontier } from './pipelineFrontier.ts';
import type { PipelineModel } from './pipelineModel.ts';

export interface TimeAndEnergy {
  readonly timeS: number;
  readonly energyJ: number;
}

/** Every operation at the highest frequency of its profile. */
export function allHighest({ kindOf, problem }: PipelineModel): TimeAndEnergy {
  const { schedule, stages, blockingPowerW, unitTimeS } = problem;
  const units = kindOf.map(({ highest }) => highest.units);
  const timeS = timedOperations(units, schedule.dependencies).iterationTime * unitTimeS;
  const busyS = kindOf.reduce((sum, { highest }) => sum + highest.timeS, 0);
  const workJ = kindOf.reduce((sum, { highest }) => sum + highest.energyJ, 0);
  return { timeS, energyJ: workJ + blockingPowerW * (stages * timeS - busyS) };
}

/** Share of the baseline's energy. */
export const savedShare = (baselineJ: number, energyJ: number): number => 1 - energyJ / baselineJ;

export interface StragglerPlan {
  /** How much longer than the fastest iteration the straggling pipeline takes; at least 1. */
  readonly factor: number;
  /** When the straggler ends. */
  readonly stragglerTimeS: number;
  /** What the other pipelines do: by the plan the least energy within that time. */
  readonly point: FrontierPoint;
  /** From the end of the point until the straggler ends, all stages. */
  readonly waitingJ: number;
  /** The highest frequencies and the wait after them. */
  readonly allHighestJ: number;
  /** Of one pipeline that is not the straggler, waiting included. */
  readonly savedShare: number;
}

/** The point that suits the straggler. */
export function stragglerPlan(
  frontier: PipelineFrontier,
  unplanned: TimeAndEnergy,
  factor: number,
): StragglerPlan {
  const stragglerUnits = frontier.fastest.iterationUnits * factor;
  // A factor such as 1.1 is not exact, and a time that it just reaches is within it.
  const point = frontier.leastEnergy(stragglerUnits * (1 + 4 * Number.EPSILON));
  return besideStraggler(frontier, unplanned, factor, point);
}

/** What any point of the frontier comes to while the straggler is waited for. */
export function besideStraggler(
  frontier: PipelineFrontier,
  unplanned: TimeAndEnergy,
  factor: number,
  point: FrontierPoint,
): StragglerPlan {
  const { stages, blockingPowerW, unitTimeS } = frontier.problem;
  const stragglerTimeS = frontier.fastest.iterationUnits * factor * unitTimeS;
  const waitJ = ({ timeS }: TimeAndEnergy): number =>
    stages * blockingPowerW * Math.max(0, stragglerTimeS - timeS);
  const waitingJ = waitJ(point);
  const allHighestJ = unplanned.energyJ + waitJ(unplanned);
  return {
    factor,
    stragglerTimeS,
    point,
    waitingJ,
    allHighestJ,
    savedShare: savedShare(allHighestJ, point.energyJ + waitingJ),
  };
}
