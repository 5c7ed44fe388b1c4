/** Steps done in a window of a run, from when the count was seen to reach a number. */

import type { StepMark, StepUnit, WindowSteps } from '../contracts/runs.ts';

/**
 * Between which times the count is known, on the run's clock; null without a mark. Nobody saw when the steps were done
 * before the first mark of a count that began above one. After the last mark the run goes on uncounted: a progress line of
 * every hundredth step is silent for all between.
 */
export function stepsSeen(marks: readonly StepMark[]): readonly [fromMs: number, toMs: number] | null {
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined) return null;
  return [first.count <= 1 ? 0 : first.timeMs, last.timeMs];
}

/** Steps done by then; null where that was not seen. */
function countAt(marks: readonly StepMark[], timeMs: number): number | null {
  const [first, seen] = [marks[0], stepsSeen(marks)];
  if (first === undefined || seen === null || timeMs < seen[0] || timeMs > seen[1]) return null;
  if (timeMs < first.timeMs) return 0;
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((marks[middle]?.timeMs ?? 0) <= timeMs) low = middle;
    else high = middle - 1;
  }
  const before = marks[low] ?? first;
  const after = marks[low + 1];
  if (after === undefined || after.timeMs <= before.timeMs) return before.count;
  const share = (timeMs - before.timeMs) / (after.timeMs - before.timeMs);
  return before.count + share * (after.count - before.count);
}

/** `marks` in order of time; `energyJ` of the window. Null where its steps are not known. */
export function windowSteps(
  marks: readonly StepMark[],
  fromMs: number,
  toMs: number,
  energyJ: number | null,
  unit: StepUnit = 'step',
): WindowSteps | null {
  const from = countAt(marks, fromMs);
  const to = countAt(marks, toMs);
  if (from === null || to === null) return null;
  const count = Math.max(0, to - from);
  // Less than one of them is a stretch within a step, whose rest may draw quite differently.
  const perStepJ = energyJ === null || count < 1 ? null : energyJ / count;
  return { ...(unit === 'step' ? {} : { unit }), count, perStepJ };
}
