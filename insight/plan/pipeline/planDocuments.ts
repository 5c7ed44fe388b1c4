/** A frontier and a plan as text for other programs. Times in s, energies in J, frequencies in MHz, power in W. */

import { allHighest, type StragglerPlan, savedShare, type TimeAndEnergy } from './comparedPlans.ts';
import type { FrequencyPlan, PlannedOperation } from './frequencyPlan.ts';
import type { PipelineFrontier } from './pipelineFrontier.ts';
import type { PipelineModel } from './pipelineModel.ts';

/** Raised when a field changes its meaning. */
const version = 1;

/** Without the last digits that only binary fractions have: 3.4530000000000003 is 3.453. */
const clean = (value: number): number => Number(value.toPrecision(15));

/** In the published form: `time,energy`, the slowest first. */
export const frontierCsv = ({ points }: PipelineFrontier): string =>
  csv(
    ['time', 'energy'],
    points.map(({ timeS, energyJ }) => [clean(timeS), clean(energyJ)]),
  );

/** A row an operation: which frequency, when it begins and how long it may take, and its energy there as it was measured. */
export function frequencyPlanCsv({ operations }: FrequencyPlan): string {
  const rows = operations.map(operationRow);
  return csv(
    Object.keys(rows[0] ?? {}),
    rows.map((row) => Object.values(row)),
  );
}

/** Only numbers and our own words stand in the cells. */
const csv = (head: readonly string[], rows: readonly (readonly (number | string | boolean)[])[]): string =>
  [head, ...rows].map((cells) => `${cells.join(',')}\n`).join('');

const operationRow = (operation: PlannedOperation) => ({
  stage: operation.stage,
  instruction: operation.instruction,
  microbatch: operation.microbatch,
  frequency: operation.frequencyMHz,
  start: clean(operation.startS),
  time: clean(operation.timeS),
  energy: clean(operation.energyJ),
  critical: operation.critical,
});

export interface PlanDocument {
  readonly model: PipelineModel;
  readonly frontier: PipelineFrontier;
  readonly straggler: StragglerPlan | null;
  readonly plan: FrequencyPlan;
}

const figures = ({ timeS, energyJ }: TimeAndEnergy) => ({ time: clean(timeS), energy: clean(energyJ) });

export function planJson({ model, frontier, straggler, plan }: PlanDocument): string {
  const { stages, microbatches, blockingPowerW, unitTimeS } = model.shape;
  const unplanned = allHighest(model);
  return `${JSON.stringify(
    {
      version,
      quality: 'modelled from the profile, not measured',
      units: { time: 's', energy: 'J', frequency: 'MHz', blockingPower: 'W' },
      stages,
      microbatches,
      blockingPower: blockingPowerW,
      unitTime: unitTimeS,
      allHighest: figures(unplanned),
      fastest: {
        ...figures(frontier.fastest),
        savedShare: clean(savedShare(unplanned.energyJ, frontier.fastest.energyJ)),
      },
      leastEnergy: {
        ...figures(frontier.leastEnergy()),
        savedShare: clean(savedShare(unplanned.energyJ, frontier.leastEnergy().energyJ)),
      },
      straggler: straggler === null ? null : stragglerFields(straggler),
      frontier: frontier.points.map(figures),
      plan: {
        ...figures(plan.point),
        asMeasured: figures(plan.asMeasured),
        operations: plan.operations.map(operationRow),
      },
      curves: model.kinds.map(({ stage, instruction, options, curve }) => ({
        stage,
        instruction,
        options: options.length,
        fit: curve.fit ?? null,
        worstDeviation: clean(curve.worstDeviation),
      })),
    },
    null,
    2,
  )}\n`;
}

const stragglerFields = (straggler: StragglerPlan) => ({
  factor: straggler.factor,
  time: clean(straggler.stragglerTimeS),
  planned: { ...figures(straggler.point), waitingEnergy: clean(straggler.waitingJ) },
  allHighestEnergy: clean(straggler.allHighestJ),
  savedShare: clean(straggler.savedShare),
});
