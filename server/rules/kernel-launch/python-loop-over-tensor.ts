/** Loops in a step that work on a GPU tensor one element or row at a time. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Node } from '../../python/nodes.ts';
import { tensorLoops } from './tensorLoops.ts';
import { wholeFix } from './wholeFix.ts';

export const rule: Rule = {
  meta: {
    name: 'python-loop-over-tensor',
    aliases: [],
    family: 'kernel-launch',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'lowLoad',
    summary: 'A Python loop in a step works on a GPU tensor one element or row at a time.',
    why: 'Each turn gives the GPU a handful of tiny operations, and handing one over takes the processor longer than the GPU needs for it; the whole tensor at once is one operation that fills the GPU.',
    evidence:
      "PyTorch's own profiler has a pattern for it (for-loop indexing); of 224 known performance faults of deep learning code 52 are such inefficient uses of an interface (DLPerf). How much it costs is not measured here.",
    messages: {
      loop: 'This loop works on "{what}" one element or row at a time {step}, a few tiny GPU operations in each turn; work on the whole tensor at once.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Node>();
  for (const region of program.regions)
    for (const { loop, source, doubts } of tensorLoops(program, region, seen)) {
      const text = program.textOf(source).replace(/\s+/g, ' ');
      context.report({
        start: loop.start,
        end: loop.iterable.end,
        message: 'loop',
        data: { what: text.length > 40 ? `${text.slice(0, 37)}...` : text },
        confidence: confidenceOf(doubts),
        region: region.root,
        fixes: wholeFix(program, loop),
      });
    }
}
