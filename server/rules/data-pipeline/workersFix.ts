import type { Fix } from '../../engine/finding.ts';
import type { Argument } from '../../python/arguments.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';

export function workersFix(_program: Program, _call: Call, _workers: Argument, _repeated: boolean): Fix[] {
  return [];
}
