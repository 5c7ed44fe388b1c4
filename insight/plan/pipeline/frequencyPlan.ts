/** The frequency of every operation at a point of the frontier, and when each runs. */

import type { TimeAndEnergy } from './comparedPlans.ts';
import { timedOperations } from './criticalPath.ts';
import type { OperationKind } from './operationModel.ts';
import type { FrequencyOption } from './paretoOptions.ts';
import type { FrontierPoint, PipelineFrontier } from './pipelineFrontier.ts';
import type { PipelineModel } from './pipelineModel.ts';
import type { PipelineOperation } from './pipelineSchedule.ts';

export interface PlannedOperation extends PipelineOperation {
  readonly frequencyMHz: number;
  /** From the begin of the iteration, as early as it can. */
  readonly startS: number;
  /** What the plan allows for it. */
  readonly timeS: number;
  /** As it was measured at that frequency. */
  readonly energyJ: number;
  /** Nothing can wait for it. */
  readonly critical: boolean;
}

export interface FrequencyPlan {
  readonly point: FrontierPoint;
  /** Stage by stage, each in the order in which it works. */
  readonly operations: readonly PlannedOperation[];
  /** The iteration from what was measured at the chosen frequencies: the point itself is of fitted curves and whole time units. */
  readonly asMeasured: TimeAndEnergy;
}

/** Every operation at the highest frequency of its profile, as early as it can. */
export function highestOperations({ kindOf, problem }: PipelineModel): readonly PlannedOperation[] {
  const { schedule, unitTimeS } = problem;
  const units = kindOf.map(({ highest }) => highest.units);
  const { starts, slack } = timedOperations(units, schedule.dependencies);
  return schedule.operations.map((operation, at): PlannedOperation => {
    const { frequencyMHz, energyJ } = (kindOf[at] as OperationKind).highest;
    return {
      ...operation,
      frequencyMHz,
      startS: (starts[at] ?? 0) * unitTimeS,
      timeS: (units[at] ?? 0) * unitTimeS,
      energyJ,
      critical: slack[at] === 0,
    };
  });
}

/** Slow enough to save what the plan wants, never slower than it allows. */
const optionWithin = ({ options }: OperationKind, units: number): FrequencyOption =>
  options.findLast((option) => option.units <= units) ?? (options[0] as FrequencyOption);

export function frequencyPlan(
  model: PipelineModel,
  frontier: PipelineFrontier,
  point: FrontierPoint,
): FrequencyPlan {
  const { schedule, stages, blockingPowerW, unitTimeS } = model.problem;
  const durations = frontier.durationsAt(point);
  const { starts, slack } = timedOperations(durations, schedule.dependencies);
  const chosen = model.kindOf.map((kind, at) => optionWithin(kind, durations[at] ?? 0));
  const operations = schedule.operations.map((operation, at): PlannedOperation => {
    const { frequencyMHz, energyJ } = chosen[at] as FrequencyOption;
    return {
      ...operation,
      frequencyMHz,
      startS: (starts[at] ?? 0) * unitTimeS,
      timeS: (durations[at] ?? 0) * unitTimeS,
      energyJ,
      critical: slack[at] === 0,
    };
  });
  const timesS = chosen.map(({ timeS }) => timeS);
  const iterationS = timedOperations(timesS, schedule.dependencies).iterationTime;
  const waitingS = timesS.reduce((left, timeS) => left - timeS, stages * iterationS);
  const workJ = chosen.reduce((sum, { energyJ }) => sum + energyJ, 0);
  return {
    point,
    operations,
    asMeasured: { timeS: iterationS, energyJ: workJ + blockingPowerW * waitingS },
  };
}
