/** Sums and lists over many steps that hold the graph of each of them. */

import { isExempt } from '../../engine/exempt.ts';
import type { Fix } from '../../engine/finding.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { reachesGpu } from '../../python/stepInSight.ts';
import { type KeptGraph, keptGraphs } from './keptGraphs.ts';
import { ungradedForward } from './ungradedEval.ts';

export const rule: Rule = {
  meta: {
    name: 'graph-retained-accumulation',
    aliases: [],
    family: 'memory',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: null,
    summary: 'A sum or list over many steps holds the graph that each value was computed with.',
    why: 'A value such as the loss remembers how it was computed, so that a backward pass could go through it; a sum or list of such values keeps all of that for every step, and the memory it takes is missing for larger batches, until there is none left.',
    evidence:
      'Reported by others, not measured here: 186 MiB more with each step for a transformer of four layers where nothing goes backward; host memory only, some 15 KiB a step, where something did (torch-preflight).',
    messages: {
      kept: 'Each batch leaves its graph in "{target}", and with it the activations on the GPU, since nothing goes backward; add the value with .detach().',
      freed:
        'Each step leaves a piece of its graph in "{target}" until the loop ends; add the value with .detach().',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  // A graph that is kept on purpose shows in the call that goes backward.
  if (
    isExempt(program) ||
    /retain_graph\s*=\s*True|create_graph\s*=\s*True|autograd\.grad/.test(program.text)
  )
    return;
  const reported = new Set<Node>();
  for (const region of program.regions) {
    if (region.role === 'eval' && ungradedForward(program, region) === undefined) continue;
    for (const kept of keptGraphs(program, region)) {
      if (reported.has(kept.statement)) continue;
      reported.add(kept.statement);
      context.report({
        start: kept.statement.start,
        end: kept.statement.end,
        message: kept.backwarded ? 'freed' : 'kept',
        data: { target: kept.target },
        ...(kept.backwarded ? {} : { severity: 'error' as const }),
        confidence: isSmall(program, region) ? 'possible' : kept.onCuda ? 'certain' : 'likely',
        region: region.root,
        fixes: detach(program, kept),
      });
    }
  }
}

/** The loop stays on the host for all that is seen, or turns so few times that what it keeps is next to nothing. */
function isSmall(program: Program, region: StepRegion): boolean {
  const { root, role } = region;
  if (root.kind !== 'For') return false;
  const turns = /^range\((\d+)\)$/.exec(program.textOf(root.iterable))?.[1];
  if (role === 'train' && turns !== undefined && Number(turns) <= fewTurns) return true;
  return program.valueOf(root.iterable).kind === 'loader' && !reachesGpu(program, region);
}

/** Nobody minds the emptied graphs of so many losses. */
const fewTurns = 100;

function detach(program: Program, { added }: KeptGraph): Fix[] {
  const v = program.valueOf(added);
  // What a model returns may be more than one tensor.
  if (v.kind !== 'tensor') return [];
  const simple = ['Name', 'Attribute', 'Call', 'Subscript'].includes(added.kind);
  const text = program.textOf(added);
  return [
    {
      title: 'Add the value without its graph',
      safety: 'safe',
      edits: [
        { start: added.start, end: added.end, text: simple ? `${text}.detach()` : `(${text}).detach()` },
      ],
    },
  ];
}
