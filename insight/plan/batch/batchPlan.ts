/** What larger batches have cost per sample, and which size is worth the next run. */

import type { BatchPlan, BatchPoint, BestBatch } from '../../../contracts/powerPlan.ts';

/** Of the memory; the rest is for fragments and the longest sample. */
const usableMemory = 0.92;
/** A doubling that saves less than this is not worth another run. */
const worthwhile = 0.02;

const accuracyCaveat =
  'A larger batch changes how the model learns: hold the accuracy reached per sample against it before you keep it.';

/** @param points of runs of one program on the same GPUs, one size each or several */
export function batchPlan(
  points: readonly BatchPoint[],
  caveats: readonly string[],
): Omit<BatchPlan, 'leftOut'> {
  const ordered = points.toSorted(
    (one, other) => one.batchSize - other.batchSize || one.number - other.number,
  );
  const bend = bendOf(ordered);
  return {
    points: ordered,
    best: bend === null ? null : bestBatch(bend),
    next: bend === null ? null : nextSize(bend, ordered),
    caveats: [...caveats, accuracyCaveat],
  };
}

/** The point of least energy per sample, and the cheapest of the nearest sizes on either side. */
interface Bend {
  readonly best: BatchPoint;
  readonly smaller: BatchPoint | null;
  readonly larger: BatchPoint | null;
}

function bendOf(points: readonly BatchPoint[]): Bend | null {
  // Several runs of one size: the curve goes through the cheapest.
  const curve: BatchPoint[] = [];
  for (const point of points) {
    const last = curve.at(-1);
    if (last?.batchSize !== point.batchSize) curve.push(point);
    else if (point.perSampleJ < last.perSampleJ) curve[curve.length - 1] = point;
  }
  const least = Math.min(...curve.map(({ perSampleJ }) => perSampleJ));
  const at = curve.findIndex(({ perSampleJ }) => perSampleJ === least);
  const best = curve[at];
  if (best === undefined) return null;
  return { best, smaller: curve[at - 1] ?? null, larger: curve[at + 1] ?? null };
}

function bestBatch(bend: Bend): BestBatch {
  const { best, smaller, larger } = bend;
  return {
    batchSize: best.batchSize,
    between: [smaller?.batchSize ?? null, larger?.batchSize ?? null],
    why: whyBest(bend),
  };
}

function whyBest({ best, smaller, larger }: Bend): string {
  const more = ({ batchSize, perSampleJ }: BatchPoint): string =>
    `${batchSize} takes ${((perSampleJ / best.perSampleJ - 1) * 100).toFixed(0)} % more per sample`;
  if (smaller !== null && larger !== null)
    return `${more(smaller)} and ${more(larger)}: the optimum lies between them.`;
  if (smaller !== null) return `${more(smaller)}; nothing larger was recorded.`;
  if (larger !== null) return `${more(larger)}; nothing smaller was recorded.`;
  return 'No other size was recorded.';
}

function nextSize(bend: Bend, points: readonly BatchPoint[]): BatchPlan['next'] {
  if (bend.larger === null) return doubledSize(bend, points);
  if (bend.smaller === null) return halvedSize(bend.best, bend.larger);
  return sizeBetween(bend.best, bend.smaller, bend.larger);
}

/** Towards the cheaper of both sides, while the gap there is worth a run. */
function sizeBetween(best: BatchPoint, smaller: BatchPoint, larger: BatchPoint): BatchPlan['next'] {
  const side = smaller.perSampleJ < larger.perSampleJ ? smaller : larger;
  const gap = Math.abs(side.batchSize - best.batchSize);
  const between = Math.round((best.batchSize + side.batchSize) / 2);
  if (gap < best.batchSize / 4 || between === best.batchSize || between === side.batchSize) return null;
  return { batchSize: between, why: `Of the sizes beside ${best.batchSize}, ${side.batchSize} took less.` };
}

function halvedSize(best: BatchPoint, larger: BatchPoint): BatchPlan['next'] {
  const saved = 1 - best.perSampleJ / larger.perSampleJ;
  if (best.batchSize < 2 || saved < worthwhile) return null;
  return {
    batchSize: Math.floor(best.batchSize / 2),
    why: `The last smaller size saved ${(saved * 100).toFixed(0)} % per sample.`,
  };
}

function doubledSize({ best, smaller }: Bend, points: readonly BatchPoint[]): BatchPlan['next'] {
  const doubled = best.batchSize * 2;
  const share = memoryAt(points, doubled);
  if (share === null || share > usableMemory) return null;
  const saved = smaller === null ? null : 1 - best.perSampleJ / smaller.perSampleJ;
  if (saved !== null && saved < worthwhile) return null;
  return {
    batchSize: doubled,
    why: `It would take about ${Math.round(share * 100)} % of the GPU’s memory${saved === null ? '' : `; the last larger size saved ${(saved * 100).toFixed(0)} % per sample`}.`,
  };
}

/**
 * Memory grows with the batch along a line through the two largest sizes; with one size only the model's own part is
 * not known, and all of it is taken to grow.
 */
function memoryAt(points: readonly BatchPoint[], batchSize: number): number | null {
  const known = points.filter(({ memoryShare }) => memoryShare !== null);
  const last = known.at(-1);
  if (last === undefined || last.memoryShare === null) return null;
  const before = known.findLast((point) => point.batchSize < last.batchSize);
  if (before === undefined || before.memoryShare === null)
    return (last.memoryShare * batchSize) / last.batchSize;
  const slope = (last.memoryShare - before.memoryShare) / (last.batchSize - before.batchSize);
  return last.memoryShare + Math.max(0, slope) * (batchSize - last.batchSize);
}
