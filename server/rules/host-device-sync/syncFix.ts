import type { Fix } from '../../engine/finding.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { DeviceRead } from './deviceReads.ts';

export function syncFix(_program: Program, _region: StepRegion, _reads: readonly DeviceRead[]): Fix[] {
  return [];
}
