/** Tensors that the worker processes of a loader put on the GPU. */

import { confidenceOf } from '../../engine/confidence.ts';
import { dotOf, inOrder } from '../../engine/edits.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Fix } from '../../engine/finding.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { resolveArgument } from '../../python/arguments.ts';
import type { DeviceSite } from '../../python/deviceSites.ts';
import { moveOf } from '../../python/devices.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { batchMoves } from './batchMoves.ts';
import { consumersByLoader, loaderPositions } from './loaderUse.ts';
import { itemsOnDevice, type WorkerSites, workerSites } from './workerSites.ts';

export const rule: Rule = {
  meta: {
    name: 'cuda-tensor-in-worker',
    aliases: [],
    family: 'data-pipeline',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: null,
    summary: 'Worker processes of a DataLoader put tensors on the GPU.',
    why: 'Each worker process that touches the GPU opens a context of its own there, which takes some hundred megabytes of its memory and keeps it awake, and hands its tensors over by a way that is slower than pinned memory; where the training has used the GPU before, such a worker cannot start at all.',
    evidence:
      "PyTorch's documentation advises against it; an issue tells of one more CUDA context for each worker (pytorch#98002). How much it costs is not measured.",
    messages: {
      site: 'The worker processes of a DataLoader run {called}, which puts tensors on the GPU there, where each worker opens a context of its own; give tensors of the host and move the batch in the loop.',
      items:
        'The worker processes of this DataLoader put each item on the GPU, where each worker opens a context of its own; let the data set give tensors of the host and move the batch in the loop.',
    },
  },
  check,
};

interface Found {
  readonly loaders: Call[];
  readonly work: WorkerSites;
  doubts: number;
}

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program) || startsAfresh.test(program.text)) return;
  const found = new Map<Call, Found>();
  for (const loader of program.callsTo('torch.utils.data.DataLoader')) {
    const doubts = doubtsOfWorkers(program, loader);
    if (doubts === undefined) continue;
    const all = workerSites(program, loader);
    if (all.length === 0 && itemsOnDevice(program, loader)) reportLoader(context, loader, doubts);
    for (const work of all) {
      const [first] = work.sites;
      const before = first === undefined ? undefined : found.get(first.node);
      if (before !== undefined) {
        before.loaders.push(loader);
        before.doubts = Math.min(before.doubts, doubts);
      } else if (first !== undefined) found.set(first.node, { loaders: [loader], work, doubts });
    }
  }
  for (const each of found.values()) reportSites(context, each);
}

/** Processes that are not forked are somebody's plan, and other libraries load on the GPU on purpose. */
const startsAfresh =
  /\b(set_start_method|get_context)\(\s*(method\s*=\s*)?["'](spawn|forkserver)|\bnvidia\.dali\b|^\s*(import|from)\s+(ffcv|cucim|cupy)\b/m;

/** How sure it is that the loader has worker processes; undefined where it is known to have none. */
function doubtsOfWorkers(program: Program, loader: Call): number | undefined {
  if (loader.keywords.some((k) => k.name === 'multiprocessing_context')) return undefined;
  const workers = resolveArgument(program, loader, 'num_workers', loaderPositions.workers);
  if (workers.state === 'notSet') return undefined;
  if (workers.state === 'unknown') return 2;
  const { constant, kind, overridable } = workers.value;
  if (constant === 0 || kind === 'none') return undefined;
  if (typeof constant !== 'number') return 2;
  return overridable ? 1 : 0;
}

function reportLoader({ report }: RuleContext, loader: Call, doubts: number): void {
  report({
    start: loader.callee.start,
    end: loader.callee.end,
    message: 'items',
    confidence: confidenceOf(doubts),
    region: loader,
  });
}

function reportSites({ program, report }: RuleContext, { loaders, work, doubts }: Found): void {
  const { called, sites } = work;
  const [first, ...others] = [...sites].sort((a, b) => doubtsOf(program, a) - doubtsOf(program, b));
  if (first === undefined) return;
  report({
    start: first.node.start,
    end: first.node.end,
    message: 'site',
    data: { called },
    confidence: confidenceOf(doubts + doubtsOf(program, first)),
    related: [
      ...others.map(({ node }) => ({
        start: node.start,
        end: node.end,
        message: 'This puts a tensor on the GPU too.',
      })),
      ...loaders.map(({ callee }) => ({
        start: callee.start,
        end: callee.end,
        message: 'This DataLoader runs it in its worker processes.',
      })),
    ],
    region: first.node,
    fixes: leftOnHost(program, loaders, sites),
  });
}

/** Behind a setting, or on a device that a user may choose otherwise. */
function doubtsOf(program: Program, { node, guard }: DeviceSite): number {
  const chosen = [...node.args, ...node.keywords.map((k) => k.value)].some((arg) => {
    const v = program.valueOf(arg);
    return v.overridable && (v.kind === 'device' || v.kind === 'string');
  });
  return (guard === 'flag' ? 1 : 0) + (chosen ? 1 : 0);
}

/** Without the moves, where each loop that takes batches moves them itself. */
function leftOnHost(program: Program, loaders: readonly Call[], sites: readonly DeviceSite[]): Fix[] {
  const consumers = consumersByLoader(program);
  const moved = loaders.every((loader) => {
    const regions = consumers.get(loader) ?? [];
    return regions.length > 0 && regions.every((region) => batchMoves(program, region).length > 0);
  });
  const plain = sites.every(({ node }) => {
    const move =
      node.callee.kind === 'Attribute' ? moveOf(program.machine, node, node.callee.name) : undefined;
    return move !== undefined && !move.dtype;
  });
  if (!moved || !plain) return [];
  return [
    {
      title: 'Leave the tensors on the host',
      safety: 'suggestion',
      caveat: 'Right where the loops move all of the batch.',
      edits: inOrder(
        sites.map(({ node }) => ({ start: dotOf(program.text, node), end: node.end, text: '' })),
      ),
    },
  ];
}
