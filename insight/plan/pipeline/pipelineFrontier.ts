/**
 * The whole time–energy frontier of a pipeline from its profile: filter and fit of every kind of operation, the 1F1B
 * schedule, and the cheapest durations at every iteration time (Perseus: Chung et al., "Reducing Energy Bloat in Large
 * Model Training", SOSP 2024).
 */

import { timedOperations } from './criticalPath.ts';
import { frontierSteps } from './frontierSteps.ts';
import { type CostCurve, costAtJ, slowestUnits } from './operationGraph.ts';
import type { PipelineSchedule } from './pipelineSchedule.ts';

export interface FrontierPoint {
  readonly iterationUnits: number;
  /** Seconds of one iteration. */
  readonly timeS: number;
  /** Joules of one iteration of one pipeline, one GPU a stage, waiting included. */
  readonly energyJ: number;
}

/** What the solver works on: the schedule, and the curve of each of its operations. */
export interface PipelineProblem {
  readonly schedule: PipelineSchedule;
  /** By operation; operations of one kind share theirs. */
  readonly curves: readonly CostCurve[];
  readonly stages: number;
  readonly blockingPowerW: number;
  readonly unitTimeS: number;
}

interface Change {
  readonly shortened: readonly number[];
  readonly lengthened: readonly number[];
}

export class PipelineFrontier {
  readonly problem: PipelineProblem;
  /**
   * From the slowest to the fastest, one time unit apart; at least one. As published, it begins one unit below the time
   * that the iteration takes with every operation at its slowest, unless there is nothing faster.
   */
  readonly points: readonly FrontierPoint[];
  /** From each iteration time to the next, the slowest first. */
  readonly #changes: readonly Change[];

  private constructor(
    problem: PipelineProblem,
    points: readonly FrontierPoint[],
    changes: readonly Change[],
  ) {
    this.problem = problem;
    this.points = points.length > 1 ? points.slice(1) : points;
    this.#changes = changes;
  }

  get fastest(): FrontierPoint {
    return this.points.at(-1) as FrontierPoint;
  }

  /** The least energy within a time; the fastest where nothing is within it. */
  leastEnergy(withinUnits = Number.POSITIVE_INFINITY): FrontierPoint {
    return this.points.reduce(
      (least, point) =>
        point.iterationUnits <= withinUnits && point.energyJ < least.energyJ ? point : least,
      this.fastest,
    );
  }

  /** @param progress is told the share of the iteration times that are solved, at each of them */
  static solve(problem: PipelineProblem, progress?: (share: number) => void): PipelineFrontier {
    const { curves, schedule, stages, blockingPowerW, unitTimeS } = problem;
    const points: FrontierPoint[] = [];
    const changes: Change[] = [];
    const fastest = curves.map(({ fastestUnits }) => fastestUnits);
    const fastestIteration = timedOperations(fastest, schedule.dependencies).iterationTime;
    for (const step of frontierSteps({ curves, dependencies: schedule.dependencies })) {
      const { iterationUnits, durationUnits, shortened, lengthened } = step;
      const timeS = iterationUnits * unitTimeS;
      let energyJ = stages * timeS * blockingPowerW;
      for (const [operation, curve] of curves.entries())
        energyJ += costAtJ(curve, durationUnits[operation] ?? 0);
      points.push({ iterationUnits, timeS, energyJ });
      if (points.length > 1) changes.push({ shortened, lengthened });
      const slowest = points[0]?.iterationUnits ?? iterationUnits;
      progress?.((slowest - iterationUnits) / Math.max(1, slowest - fastestIteration));
    }
    return new PipelineFrontier(problem, points, changes);
  }

  /** Planned duration of each operation at a point, whole time units. */
  durationsAt(point: FrontierPoint): Int32Array {
    const durations = Int32Array.from(this.problem.curves, slowestUnits);
    const shortenings = this.#changes.length - (point.iterationUnits - this.fastest.iterationUnits);
    for (const { shortened, lengthened } of this.#changes.slice(0, shortenings)) {
      for (const operation of shortened) durations[operation] = (durations[operation] ?? 0) - 1;
      for (const operation of lengthened) durations[operation] = (durations[operation] ?? 0) + 1;
    }
    return durations;
  }
}
