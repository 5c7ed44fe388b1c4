import type { Fix } from '../../engine/finding.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';

export function noGradFix(_program: Program, _region: StepRegion, _call: Call): Fix[] {
  return [];
}
