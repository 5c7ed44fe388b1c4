/**
 * Loaders whose batches go somewhere that nobody sees: handed on, kept in an object, given back by a factory. Only
 * listed, for whether their batches go to a GPU is for whoever takes them.
 */

import type { RuleContext } from '../../engine/rule.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { batchMoves } from './batchMoves.ts';
import { movesToCuda } from './loaderUse.ts';

const usesTorch = /^[ \t]*(import|from)[ \t]+torch\b/m;
const speaksOfDevices = /\b(cuda|gpus?|device)\b/i;
const otherQueues =
  /^[ \t]*(import|from)[ \t]+(torch_xla|intel_extension_for_pytorch|torch\.distributed\.rpc)\b/m;

/** Whether batches of a file's loaders may go to a GPU, by what it speaks of. */
export function mayFeedGpu({ text, role, cuda }: Program): boolean {
  if (role.test || role.benchmark || role.tutorial || role.generated || role.vendored) return false;
  if (!usesTorch.test(text) || otherQueues.test(text)) return false;
  return cuda !== 'no' || speaksOfDevices.test(text);
}

/** Nobody in sight takes batches from it, or what takes them hands them to a helper that is not followed. */
export function goesOutOfSight(program: Program, regions: readonly StepRegion[]): boolean {
  return regions.every(
    (region) => batchMoves(program, region).length === 0 && movesToCuda(program, region) !== 'no',
  );
}

/** A loader that is made and gone over in a function that only looks at the data. */
export function isLookedAt(program: Program, call: Call): boolean {
  const fn = program.functionOf(call);
  return fn !== undefined && /stat|mean|std|visuali[sz]e|show|plot|debug|inspect/i.test(fn.name);
}

/** One finding for all loaders of a function: they go the same way. */
export function reportByFunction(context: RuleContext, calls: readonly Call[]): void {
  const { program } = context;
  for (const around of new Set(calls.map((call) => program.functionOf(call)))) {
    const [first, ...others] = calls.filter((call) => program.functionOf(call) === around);
    if (first === undefined) continue;
    context.report({
      start: first.callee.start,
      end: first.callee.end,
      message: 'presumed',
      confidence: 'possible',
      related: others.map(({ start, end }) => ({ start, end, message: 'The same holds for this one.' })),
      region: first,
    });
  }
}
