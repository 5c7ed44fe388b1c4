/** What a reader of a pipeline plan must know of its profile. */

import { formatShare } from '../../../contracts/units.ts';
import type { PipelineModel } from './pipelineModel.ts';
import type { StageProfile } from './stageProfile.ts';

/** Beyond this the curve says something else than what was measured. */
const largeDeviation = 0.1;

export function planNotes({ stages }: StageProfile, { shape, kinds }: PipelineModel): readonly string[] {
  const notes: string[] = [];
  if (stages.length > shape.stages)
    notes.push(`the profile has ${stages.length} stages; those from ${shape.stages} on are left out.`);
  const off = kinds.filter(({ curve }) => curve.worstDeviation > largeDeviation);
  const [worst] = off.toSorted((a, b) => b.curve.worstDeviation - a.curve.worstDeviation);
  if (worst === undefined) return notes;
  const others = off.length > 1 ? `, the worst of ${off.length} such operations` : '';
  return [
    ...notes,
    `a measurement of stage ${worst.stage} ${worst.instruction} lies ${formatShare(worst.curve.worstDeviation)} ` +
      `off its fitted curve${others}; measure over more repetitions.`,
  ];
}
