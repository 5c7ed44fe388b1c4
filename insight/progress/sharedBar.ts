/**
 * A bar that counts the batches of validation together with those of training, as Lightning's did before 2.0: its
 * total is the sum of both, and it moves in step with the bar of validation at its end. Once that is seen, the
 * validation's share is left out.
 */

import type { Sight } from './sight.ts';
import type { StepTrack } from './stepTrack.ts';

interface Validation {
  readonly done: number;
  readonly total: number;
}

/** Both bars are redrawn now and then: they are not seen at the same moment. */
const apart = (total: number): number => Math.max(2, 0.5 * total);

export function createSharedBar() {
  let validation: Validation | null = null;
  let doneAtStart: number | null = null;

  return {
    seeValidation(next: Validation): void {
      if (validation === null || next.total !== validation.total || next.done < validation.done)
        doneAtStart = null;
      validation = next;
    },
    /** Before the track sees the sight. */
    seeTraining(track: StepTrack, { done, total }: Sight): void {
      if (validation === null || total === null || track.newest === null) return;
      doneAtStart ??= track.newest.done;
      const moves = done > doneAtStart;
      const training = total - validation.total;
      if (moves && training > 0 && Math.abs(done - validation.done - training) <= apart(validation.total))
        track.leaveOut(validation.total);
      if (done < track.newest.done) validation = null;
    },
  };
}
