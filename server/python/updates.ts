/** Functions that are a training step by what they do: one pass backward and one step of the optimizer each time. */

import type { Interpreter } from './interpreter.ts';
import { type StepRole, update } from './knowledge/roles.ts';
import type { Node } from './nodes.ts';
import type { FunctionInfo } from './values.ts';
import type { WorkFinder } from './work.ts';

/** Only where nobody in sight calls it: else the callers say how often it runs. */
export function updateRoleOf(
  machine: Interpreter,
  work: WorkFinder,
  info: FunctionInfo,
  roots: ReadonlySet<Node>,
): StepRole | undefined {
  const { node } = info;
  if (info.outer !== undefined || update.never.test(node.name)) return undefined;
  const state = machine.states.get(info);
  if (state === undefined || state.calls.size + state.incoming.length > 0) return undefined;
  const takesBatch = node.parameters.some((p) => update.takes.test(p.name));
  if (!takesBatch && !(info.owner !== undefined && update.named.test(node.name))) return undefined;
  const own = work.ofFunction(info, true);
  if (!own.backward || !own.optimizerStep) return undefined;
  for (const root of roots) if (root.start >= node.start && root.end <= node.end) return undefined;
  return update.role;
}
