/** Energy per step along a run, thinned for drawing. */

import type { StepCurve } from '../../contracts/runs.ts';
import type { StepMark } from '../ticks.ts';

const mostStretches = 100;

/** Counted from the run's first mark, so that two curves lie on one axis of steps. */
export function stepCurve(marks: readonly StepMark[]): StepCurve {
  const first = marks[0];
  const last = marks[marks.length - 1];
  const steps: number[] = [];
  const perStepJ: number[] = [];
  if (first === undefined || last === undefined) return { steps, perStepJ };
  const stride = Math.max(1, (last.count - first.count) / mostStretches);
  let from = first;
  for (const mark of marks) {
    if (mark.count - from.count < stride) continue;
    steps.push(mark.count - first.count);
    perStepJ.push((mark.energyJ - from.energyJ) / (mark.count - from.count));
    from = mark;
  }
  return { steps, perStepJ };
}
