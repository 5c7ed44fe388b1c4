/** What larger batches have cost per sample, and which size is worth the next run. */

import type { BatchPlan, BatchPoint } from '../../../contracts/powerPlan.ts';

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
  return { points: ordered, next: nextSize(ordered), caveats: [...caveats, accuracyCaveat] };
}

function nextSize(points: readonly BatchPoint[]): BatchPlan['next'] {
  const sizes = new Set(points.map(({ batchSize }) => batchSize));
  const largest = points.at(-1);
  const best = points.reduce<BatchPoint | null>(
    (least, point) => (least === null || point.perSampleJ < least.perSampleJ ? point : least),
    null,
  );
  if (largest === undefined || best === null) return null;
  if (best.batchSize < largest.batchSize) {
    const above = points.find(({ batchSize }) => batchSize > best.batchSize)?.batchSize ?? largest.batchSize;
    const between = Math.round((best.batchSize + above) / 2);
    return between <= best.batchSize || above - best.batchSize < best.batchSize / 4 || sizes.has(between)
      ? null
      : {
          batchSize: between,
          why: `${best.batchSize} took least energy per sample so far, ${above} more again.`,
        };
  }
  const doubled = largest.batchSize * 2;
  const share = memoryAt(points, doubled);
  if (share === null || share > usableMemory) return null;
  const saved = lastSaving(points);
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

/** Share of a sample's energy that the largest size saved against the next smaller one; null with one size. */
function lastSaving(points: readonly BatchPoint[]): number | null {
  const last = points.at(-1);
  const before = points.findLast(({ batchSize }) => batchSize < (last?.batchSize ?? 0));
  return last === undefined || before === undefined ? null : 1 - last.perSampleJ / before.perSampleJ;
}
