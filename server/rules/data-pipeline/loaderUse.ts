/** Which steps take their batches from a loader, and whether they bring them to the device. */

import { lastName } from '../../python/datasetWork.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { onCuda, type Value } from '../../python/values.ts';

/** Where the arguments of `DataLoader` stand. */
export const loaderPositions = { workers: 5, collate: 6, pin: 7, init: 10 } as const;

/** Loaders that start no worker processes unless told to, and where the arguments stand that are not only keywords. */
export const loadersWithoutWorkers = [
  { type: 'torch.utils.data.DataLoader', ...loaderPositions },
  { type: 'monai.data.DataLoader', workers: 1, collate: -1 },
] as const;

type Consumers = ReadonlyMap<Expr, readonly StepRegion[]>;

const known = new WeakMap<Program, Consumers>();

/** For each loader of the file, the step regions that take batches from it. Loaders that somebody else manages are left out. */
export function consumersByLoader(program: Program): Consumers {
  let consumers = known.get(program);
  if (consumers === undefined) {
    consumers = findConsumers(program);
    known.set(program, consumers);
  }
  return consumers;
}

function findConsumers(program: Program): Consumers {
  const out = new Map<Expr, StepRegion[]>();
  const add = (v: Value, region: StepRegion): void => {
    if (v.kind !== 'loader') return;
    for (const source of v.sources) {
      const list = out.get(source) ?? [];
      if (!list.includes(region)) list.push(region);
      out.set(source, list);
    }
  };
  for (const region of program.regions) {
    if (region.framework !== 'none') continue;
    if (region.root.kind === 'For') add(program.valueOf(region.root.iterable), region);
    for (const { node } of region.visits)
      if (node.kind === 'Call' && /next|iter/.test(lastName(node.callee)) && !takesFirstOnly(program, node))
        for (const arg of node.args) add(program.valueOf(arg), region);
  }
  for (const source of managedLoaders(program)) out.delete(source);
  return out;
}

/** Loaders that a library was handed, which then brings their batches to the device. */
export function managedLoaders(program: Program): ReadonlySet<Expr> {
  const out = new Set<Expr>();
  for (const v of program.machine.values.values())
    if (v.kind === 'loader' && v.type === 'managed') for (const source of v.sources) out.add(source);
  return out;
}

/** `next(iter(loader))`: one batch of an iterator that nobody else holds, so that nothing is prepared ahead. */
function takesFirstOnly(program: Program, call: Call): boolean {
  const inner = call.args[0];
  if (inner?.kind === 'Call' && lastName(call.callee) === 'next') return lastName(inner.callee) === 'iter';
  const outer = program.parents.get(call);
  return outer?.kind === 'Call' && lastName(outer.callee) === 'next' && lastName(call.callee) === 'iter';
}

/** Whether a step brings anything to a CUDA device. */
export function movesToCuda(program: Program, region: StepRegion): 'yes' | 'no' | 'unknown' {
  let best: 'no' | 'unknown' = 'no';
  for (const visit of region.visits) {
    if (visit.node.kind !== 'Call') continue;
    const on = onCuda(program.valueOf(visit.node));
    if (on === 'yes') return 'yes';
    if (on === 'unknown') best = 'unknown';
  }
  return best;
}
