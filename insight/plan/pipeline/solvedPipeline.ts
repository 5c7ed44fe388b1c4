/** A solved pipeline as the panel asks about it: its frontier worth choosing from, and any point of that. */

import type {
  ChosenPlan,
  PipelineChoice,
  ShownFrontier,
  ShownIteration,
  ShownOperation,
} from '../../../contracts/pipelinePlan.ts';
import {
  allHighest,
  besideStraggler,
  savedShare,
  stragglerPlan,
  type TimeAndEnergy,
} from './comparedPlans.ts';
import {
  type FrequencyPlan,
  frequencyPlan,
  highestOperations,
  type PlannedOperation,
} from './frequencyPlan.ts';
import type { FrontierPoint, PipelineFrontier } from './pipelineFrontier.ts';
import type { PipelineModel } from './pipelineModel.ts';
import { frequencyPlanCsv, planJson } from './planDocuments.ts';

/** More would be dust in a picture, and slow to send. */
const mostDrawn = 20_000;

export class SolvedPipeline {
  readonly #model: PipelineModel;
  readonly #frontier: PipelineFrontier;
  /** From the fastest to the least energy. */
  readonly #points: readonly FrontierPoint[];
  readonly #allHighest: TimeAndEnergy;
  readonly #notes: readonly string[];

  constructor(model: PipelineModel, frontier: PipelineFrontier, notes: readonly string[]) {
    this.#model = model;
    this.#frontier = frontier;
    const least = frontier.leastEnergy();
    this.#points = frontier.points
      .filter(({ iterationUnits }) => iterationUnits <= least.iterationUnits)
      .toReversed();
    this.#allHighest = allHighest(model);
    this.#notes = notes;
  }

  shown(): ShownFrontier {
    return {
      shape: this.#model.shape,
      timesS: this.#points.map(({ timeS }) => timeS),
      energiesJ: this.#points.map(({ energyJ }) => energyJ),
      allHighest: shownIteration(this.#allHighest, highestOperations(this.#model)),
      notes: this.#notes,
    };
  }

  choose(choice: PipelineChoice): ChosenPlan {
    const point = this.#pointOf(choice);
    const { operations, asMeasured } = this.#plan(point);
    const beside =
      choice.straggler === null
        ? null
        : besideStraggler(this.#frontier, this.#allHighest, choice.straggler, point);
    return {
      ...shownIteration(point, operations),
      at: this.#points.indexOf(point),
      straggler:
        beside === null
          ? null
          : { factor: beside.factor, timeS: beside.stragglerTimeS, waitingJ: beside.waitingJ },
      savedShare: beside?.savedShare ?? savedShare(this.#allHighest.energyJ, point.energyJ),
      asMeasured,
    };
  }

  document(choice: PipelineChoice, format: 'csv' | 'json'): string {
    const point = this.#pointOf(choice);
    const plan = this.#plan(point);
    if (format === 'csv') return frequencyPlanCsv(plan);
    const straggler =
      choice.straggler === null
        ? null
        : besideStraggler(this.#frontier, this.#allHighest, choice.straggler, point);
    return planJson({ model: this.#model, frontier: this.#frontier, straggler, plan });
  }

  #pointOf({ at, straggler }: PipelineChoice): FrontierPoint {
    const chosen = at === null ? undefined : this.#points[at];
    if (chosen !== undefined) return chosen;
    return straggler === null
      ? this.#frontier.fastest
      : stragglerPlan(this.#frontier, this.#allHighest, straggler).point;
  }

  #plan(point: FrontierPoint): FrequencyPlan {
    return frequencyPlan(this.#model, this.#frontier, point);
  }
}

function shownIteration(
  { timeS, energyJ }: TimeAndEnergy,
  operations: readonly PlannedOperation[],
): ShownIteration {
  return {
    timeS,
    energyJ,
    operations: operations.length > mostDrawn ? null : operations.map(shownOperation),
  };
}

const shownOperation = ({ instruction, ...operation }: PlannedOperation): ShownOperation => ({
  ...operation,
  backward: instruction === 'backward',
});
