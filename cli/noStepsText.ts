import type { RunDetail } from '../contracts/runs.ts';

/** What could be known of the program's steps. */
export interface StepSight {
  readonly probe: boolean;
  /** Whether its output came through us: a terminal is handed over unread. */
  readonly outputRead: boolean;
}

/** Why a measured run has no figure per step, and what would give it one; null where there is nothing to say. */
export function noStepsText(
  { steps, totals }: Pick<RunDetail, 'steps' | 'totals'>,
  { probe, outputRead }: StepSight,
): string | null {
  if (steps !== null || totals.energyJ === null) return null;
  const output = outputRead ? 'the output showed no progress' : 'output that goes to a terminal is not read';
  return probe
    ? `No energy per step: ${output}, and the probe saw no optimizer step.`
    : `No energy per step: ${output}. With "perjoule run --probe" the steps of the optimizer are counted.`;
}
