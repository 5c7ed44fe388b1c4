/** From a profile and the shape of the training to what the solver works on. */

import type { PipelineShape } from '../../../contracts/pipelinePlan.ts';
import { timedOperations } from './criticalPath.ts';
import { type FittedCurve, fittedCurve, type OperationKind, operationKind } from './operationModel.ts';
import type { PipelineProblem } from './pipelineFrontier.ts';
import { type Instruction, instructions, pipelineSchedule } from './pipelineSchedule.ts';
import { PlanError } from './planError.ts';
import type { StageProfile } from './stageProfile.ts';

export interface ModelledKind extends OperationKind {
  readonly curve: FittedCurve;
}

export interface PipelineModel {
  readonly shape: PipelineShape;
  /** Forward and backward of each stage. */
  readonly kinds: readonly ModelledKind[];
  /** The kind of each operation of the schedule. */
  readonly kindOf: readonly ModelledKind[];
  readonly problem: PipelineProblem;
}

/** More would be a slip: the plan names every one. */
const mostOperations = 100_000;
/** A longer frontier would take long and say no more. */
const mostPoints = 200_000;
/** Times of events are kept in 32 bits. */
const longestUnits = 2 ** 30;

/** @throws PlanError */
export function pipelineModel(profile: StageProfile, shape: PipelineShape): PipelineModel {
  const { stages, microbatches, blockingPowerW, unitTimeS } = shape;
  if (!holds(shape))
    throw new PlanError(
      'a pipeline has at least one stage and one micro-batch, in whole numbers; its blocking power is 0 to 100000 W, its time unit 1e-9 to 1 s.',
    );
  const measured = profile.stages.length;
  if (measured < stages)
    throw new PlanError(
      `the profile has ${measured} stage${measured === 1 ? '' : 's'}, not ${stages}; ask for at most ${measured}, or measure the others.`,
    );
  if (2 * stages * microbatches > mostOperations)
    throw new PlanError(
      `${stages} stages of ${microbatches} micro-batches are more than ${mostOperations} operations; ask for fewer micro-batches.`,
    );
  const schedule = pipelineSchedule(stages, microbatches);
  const byKind = <Kind extends OperationKind>(kinds: readonly Kind[]): readonly Kind[] =>
    schedule.operations.map(({ stage, instruction }) => kinds[placeOf(stage, instruction)] as Kind);
  const known = Array.from({ length: stages }, (_, stage) =>
    instructions.map((instruction) => operationKind(profile, stage, instruction, unitTimeS)),
  ).flat();
  refuseTooFine(byKind(known), schedule.dependencies, unitTimeS);
  const kinds = known.map((kind) => ({ ...kind, curve: fittedCurve(kind, shape) }));
  const kindOf = byKind(kinds);
  const curves = kindOf.map(({ curve }) => curve);
  return { shape, kinds, kindOf, problem: { schedule, curves, stages, blockingPowerW, unitTimeS } };
}

const holds = ({ stages, microbatches, blockingPowerW, unitTimeS }: PipelineShape): boolean =>
  [stages, microbatches].every((count) => Number.isInteger(count) && count >= 1) &&
  blockingPowerW >= 0 &&
  blockingPowerW <= 1e5 &&
  unitTimeS >= 1e-9 &&
  unitTimeS <= 1;

const placeOf = (stage: number, instruction: Instruction): number =>
  stage * instructions.length + instructions.indexOf(instruction);

/** @throws PlanError where the time unit makes far more plans than anybody can tell apart, or times that do not fit */
function refuseTooFine(
  kindOf: readonly OperationKind[],
  dependencies: PipelineProblem['schedule']['dependencies'],
  unitTimeS: number,
): void {
  const units = (kind: OperationKind, at: number): number => kind.options.at(at)?.units ?? 0;
  const timeOf = (at: number): number =>
    timedOperations(
      kindOf.map((kind) => units(kind, at)),
      dependencies,
    ).iterationTime;
  const widest = kindOf.reduce((most, kind) => Math.max(most, units(kind, -1) - units(kind, 0)), 0);
  const points = Math.max(widest, timeOf(-1) - timeOf(0));
  const tooFine = Math.max(points / mostPoints, timeOf(-1) / longestUnits);
  if (tooFine <= 1) return;
  const coarser = Number((2 * unitTimeS * tooFine).toPrecision(1));
  throw new PlanError(
    `a time unit of ${unitTimeS} s is too fine for this profile; use a time unit of ${coarser} s.`,
  );
}
