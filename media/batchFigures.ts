/** What the batch size page asks about, and what it says. */

import type { BatchPlan, BatchPoint } from '../contracts/powerPlan.ts';
import type { RunDetail, RunSummary } from '../contracts/runs.ts';
import { formatPerStep, formatShare, notAvailable } from '../contracts/units.ts';
import { signedShare } from './verdict.ts';

/** More would be a crowd on the curve, and each is read anew. */
const mostRuns = 12;

/** The newest runs of the same program on the same GPUs that have an energy per step, this one among them. */
export function batchRuns(run: RunDetail, runs: readonly RunSummary[]): readonly RunSummary[] {
  const sameProgram = (other: RunSummary): boolean =>
    run.script === null ? other.name === run.name : other.script === run.script;
  const gpus = ({ devices }: RunSummary): string =>
    devices
      .map(({ name }) => name)
      .sort()
      .join('\n');
  return runs
    .filter(
      (other) =>
        other.runId === run.runId ||
        (sameProgram(other) && gpus(other) === gpus(run) && (other.steps?.perStepJ ?? null) !== null),
    )
    .slice(0, mostRuns);
}

/** Null where the plan has no points. */
export const bestPoint = ({ points }: BatchPlan): BatchPoint | null =>
  points.reduce<BatchPoint | null>(
    (best, point) => (best === null || point.perSampleJ < best.perSampleJ ? point : best),
    null,
  );

const perSample = (point: BatchPoint): string => formatPerStep(point.perSampleJ, point.spreadJ, 'sample');

/** `1.20 J/sample ±0.03, −33 % against 16`. */
export function sizeChange(best: BatchPoint, { points }: BatchPlan): string {
  const [smallest] = points;
  if (smallest === undefined || smallest.batchSize === best.batchSize) return perSample(best);
  return `${perSample(best)}, ${signedShare(best.perSampleJ / smallest.perSampleJ - 1)} against ${smallest.batchSize}`;
}

/** The cells of the table, in the order of its heads. */
export function pointRow(point: BatchPoint, { points }: BatchPlan): readonly string[] {
  const [smallest] = points;
  return [
    String(point.batchSize),
    `run ${point.number}`,
    perSample(point).replace('/sample', ''),
    smallest === undefined || smallest === point
      ? ''
      : signedShare(point.perSampleJ / smallest.perSampleJ - 1),
    formatPerStep(point.perSampleJ * point.batchSize).replace('/step', ''),
    `${point.perSampleMs.toPrecision(3)} ms`,
    point.memoryShare === null ? notAvailable : formatShare(1 - point.memoryShare),
  ];
}

/** What prints the same on the command line. */
export const batchCommand = ({ points }: BatchPlan): string =>
  `perjoule plan batch ${points.map(({ number, batchSize, from }) => (from === 'asked' ? `${number}=${batchSize}` : number)).join(' ')}`;
