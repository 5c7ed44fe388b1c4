/**
 * Steps by power limit. Each stretch in which the limit stood still gives its steps after a warm-up: clocks and heat
 * need a moment, and the step under way when the limit changed belongs to neither.
 */

import type { LimitPoint } from '../../../contracts/powerPlan.ts';
import { standardDeviation } from '../../steps.ts';
import type { StepMark } from '../../ticks.ts';
import { isNarrow, lateness } from './arrival.ts';

/** A time in which every GPU of the run had this limit, on the run's clock. */
export interface LimitStretch {
  readonly limitW: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether a GPU was held by the limit meanwhile; null when nothing tells. */
  readonly reached: boolean | null;
}

const fewestSteps = 4;
const fewestBlocks = 4;
const mostBlocks = 20;
/** Standard errors that a difference must exceed; a little over two, for blocks are few. */
const surely = 2.2;

interface Measured {
  readonly limitW: number;
  steps: number;
  timeMs: number;
  /** By so much the time may be wrong. */
  latenessMs: number;
  energyJ: number;
  reached: boolean | null;
  readonly blocksJ: number[];
}

/** What one run has recorded. */
export interface LimitRecord {
  readonly stretches: readonly LimitStretch[];
  readonly marks: readonly StepMark[];
}

/** The points, lowest limit first; stretches of one limit are taken together, those of several runs too. */
export function limitPoints(records: readonly LimitRecord[], warmUpSteps: number): readonly LimitPoint[] {
  const byLimit = new Map<number, Measured>();
  const all = records.flatMap(({ stretches, marks }) => stretches.map((stretch) => ({ stretch, marks })));
  for (const { stretch, marks } of all) {
    const warm = warmMarks(stretch, marks, warmUpSteps);
    const first = warm[0];
    const last = warm.at(-1);
    if (first === undefined || last === undefined || last.count - first.count < fewestSteps) continue;
    const limitW = Math.round(stretch.limitW);
    const measured: Measured = byLimit.get(limitW) ?? {
      limitW,
      steps: 0,
      timeMs: 0,
      latenessMs: 0,
      energyJ: 0,
      reached: null,
      blocksJ: [],
    };
    byLimit.set(limitW, measured);
    measured.steps += last.count - first.count;
    measured.timeMs += last.timeMs - first.timeMs;
    measured.latenessMs += lateness(warm);
    measured.energyJ += last.energyJ - first.energyJ;
    measured.blocksJ.push(...blockMeans(warm));
    if (stretch.reached !== null) measured.reached = measured.reached === true || stretch.reached;
  }
  const measured = [...byLimit.values()]
    .filter(({ timeMs, energyJ }) => timeMs > 0 && energyJ > 0)
    .sort((one, other) => one.limitW - other.limitW);
  const highest = measured.at(-1);
  const points = measured.map((one) => pointOf(one, highest));
  return points.map((point) => ({ ...point, paretoOptimal: isParetoOptimal(point, points) }));
}

type Cost = Pick<LimitPoint, 'perStepMs' | 'perStepJ'>;

const isParetoOptimal = (point: Cost, points: readonly Cost[]): boolean =>
  !points.some(
    (other) =>
      other.perStepMs <= point.perStepMs &&
      other.perStepJ <= point.perStepJ &&
      (other.perStepMs < point.perStepMs || other.perStepJ < point.perStepJ),
  );

function pointOf(measured: Measured, highest: Measured | undefined): Omit<LimitPoint, 'paretoOptimal'> {
  const { limitW, steps, timeMs, latenessMs, energyJ, reached, blocksJ } = measured;
  return {
    limitW,
    steps,
    perStepMs: timeMs / steps,
    perStepErrorMs: latenessMs / steps,
    perStepJ: energyJ / steps,
    spreadJ: blocksJ.length < fewestBlocks ? null : standardDeviation(blocksJ),
    meanPowerW: (energyJ * 1000) / timeMs,
    reached,
    differs: highest === undefined || highest === measured ? null : differ(measured, highest),
  };
}

/** By Welch's statistic over blocks of steps, at about 95 %, and by what the edges of both windows leave open. */
function differ(one: Measured, other: Measured): boolean | null {
  if (!tellsEnough(one) || !tellsEnough(other)) return null;
  const errorJ = Math.hypot(standardError(one.blocksJ), standardError(other.blocksJ));
  const edgesJ = edgeJ(one) + edgeJ(other);
  return Math.abs(one.energyJ / one.steps - other.energyJ / other.steps) > surely * errorJ + edgesJ;
}

const tellsEnough = ({ blocksJ, latenessMs, timeMs }: Measured): boolean =>
  blocksJ.length >= fewestBlocks && isNarrow(latenessMs, timeMs);

/** What a step may have taken more or less, had its window's edges been seen in time. */
const edgeJ = ({ energyJ, timeMs, latenessMs, steps }: Measured): number =>
  ((energyJ / timeMs) * latenessMs) / steps;

const standardError = (values: readonly number[]): number =>
  standardDeviation(values) / Math.sqrt(values.length);

/** The marks of the stretch from the end of its warm-up on. */
function warmMarks(
  { fromMs, toMs }: LimitStretch,
  marks: readonly StepMark[],
  warmUpSteps: number,
): readonly StepMark[] {
  const within = marks.filter(({ timeMs }) => timeMs > fromMs && timeMs <= toMs);
  const started = within[0]?.count;
  return started === undefined ? [] : within.filter(({ count }) => count >= started + warmUpSteps);
}

/** Joules per step of blocks of about equally many marks. */
function blockMeans(warm: readonly StepMark[]): readonly number[] {
  const blocks = Math.min(mostBlocks, Math.floor(warm.length / 2));
  const means: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    const from = warm[Math.round((block * (warm.length - 1)) / blocks)];
    const to = warm[Math.round(((block + 1) * (warm.length - 1)) / blocks)];
    if (from === undefined || to === undefined || to.count <= from.count) continue;
    means.push((to.energyJ - from.energyJ) / (to.count - from.count));
  }
  return means;
}
