/** Places in a step that start a loader from its beginning. */

import type { Guard } from '../../python/guards.ts';
import { staysInStep } from '../../python/invariance.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';

export interface Restart {
  /** `iter(loader)`, or the constructor of a loader. */
  readonly call: Call;
  readonly kind: 'iterator' | 'loader';
  readonly guard: Guard;
  /** Constructors of the loader that starts. */
  readonly loaders: readonly Call[];
}

export function restartsOf(program: Program, region: StepRegion): Restart[] {
  const constructors = new Set(program.callsTo('torch.utils.data.DataLoader'));
  const out: Restart[] = [];
  for (const { node, guard, inner, within } of region.visits) {
    // What another loop of the step starts is a whole pass over other data, such as an evaluation.
    if (node.kind !== 'Call' || guard === 'cadence' || inner || forTrial(program, node)) continue;
    const [first] = node.args;
    if (constructors.has(node)) {
      const dataset = node.keywords.find((k) => k.name === 'dataset')?.value ?? first;
      if (dataset !== undefined && staysInStep(region, within, dataset))
        out.push({ call: node, kind: 'loader', guard, loaders: [node] });
      continue;
    }
    if (first === undefined || program.valueOf(node.callee).type !== 'builtins.iter') continue;
    const loader = program.valueOf(first);
    if (loader.kind !== 'loader' || loader.type === 'managed') continue;
    const loaders = loader.sources.filter((s): s is Call => s.kind === 'Call' && constructors.has(s));
    if (loaders.length > 0 && staysInStep(region, within, first))
      out.push({ call: node, kind: 'iterator', guard, loaders });
  }
  return out;
}

/** Somebody who looks at one batch, or trains on one on purpose, does not mind what it costs. */
function forTrial(program: Program, call: Call): boolean {
  const statement = program.statementOf(call);
  return statement === undefined || /overfit|sanity|debug|peek/i.test(program.textOf(statement));
}
