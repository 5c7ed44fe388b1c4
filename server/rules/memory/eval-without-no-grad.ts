/** Evaluation that records a graph for gradients nobody will ask for. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Node } from '../../python/nodes.ts';
import { noGradFix } from './noGradFix.ts';
import { presumedEvaluations } from './presumedEval.ts';
import { ungradedForward } from './ungradedEval.ts';

export const rule: Rule = {
  meta: {
    name: 'eval-without-no-grad',
    aliases: [],
    family: 'memory',
    stage: 'stable',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: null,
    summary: 'A model is evaluated with gradients switched on, although nothing goes backward.',
    why: 'While gradients are on, every layer keeps its inputs in GPU memory for a backward pass; in evaluation that pass never comes, so memory fills and time is lost for nothing.',
    evidence: "PyTorch's tuning guide recommends it; the size of the saving is not measured.",
    messages: {
      loop: "This evaluation keeps every layer's activations on the GPU for gradients that nobody asks for in each batch; run it under torch.no_grad().",
      request:
        "This handler keeps every layer's activations on the GPU for gradients that nobody asks for in each request; run it under torch.no_grad().",
      presumed:
        "If this network lies on a GPU and no caller switches gradients off, every layer's activations are kept here for gradients that nobody asks for; run it under torch.no_grad().",
    },
  },
  check,
};

function check(context: RuleContext): void {
  const reported = new Set<Node>();
  if (!isExempt(context.program)) reportKnown(context, reported);
  reportPresumed(context, reported);
}

/** Of networks and steps that are known. */
function reportKnown(context: RuleContext, reported: Set<Node>): void {
  const { program } = context;
  for (const region of [...program.regions, ...program.handlers]) {
    const call = ungradedForward(program, region);
    if (call === undefined || reported.has(call.node)) continue;
    reported.add(call.node);
    context.report({
      start: call.node.start,
      end: call.node.end,
      message: region.framework === 'serving' ? 'request' : 'loop',
      confidence: confidenceOf(call.doubts),
      region: region.owner ?? region.root,
      fixes: noGradFix(program, region),
    });
  }
}

/** Of networks that nobody sees; where one of a function is known, nothing is presumed. */
function reportPresumed(context: RuleContext, reported: ReadonlySet<Node>): void {
  const { program } = context;
  const known = new Set([...reported].map((call) => program.functionOf(call)));
  for (const { call, others, owner, loop } of presumedEvaluations(program)) {
    if (known.has(owner)) continue;
    context.report({
      start: call.start,
      end: call.end,
      message: 'presumed',
      confidence: 'possible',
      related: others.map(({ start, end }) => ({ start, end, message: 'It runs here too, or in here.' })),
      region: loop ?? owner ?? call,
      fixes: [],
    });
  }
}
