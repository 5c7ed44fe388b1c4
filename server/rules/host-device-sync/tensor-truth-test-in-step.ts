/** Conditions on GPU tensors in a step: the host waits to learn which way to go. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Expr } from '../../python/nodes.ts';
import type { StepRegion } from '../../python/regions.ts';
import { type TensorTest, tensorTests } from './tensorTests.ts';
import { testFix } from './testFix.ts';

export const rule: Rule = {
  meta: {
    name: 'tensor-truth-test-in-step',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'hostSync',
    summary: 'A condition on a GPU tensor makes the processor wait for the GPU on every step.',
    why: 'To know which way to go the processor must wait until the GPU has done all the work it was given, and the GPU then idles until new work arrives; the GPU can choose by itself, and what only guards against mistakes can be looked at now and then.',
    evidence:
      "PyTorch's tuning guide names control flow on values of the device; fairchem (#2203) took such branches out of its losses. How much it costs is not measured here.",
    messages: {
      step: 'The host waits for the GPU {step} to learn whether "{what}" holds; choose on the GPU with torch.where, or test it every N steps.',
      loop: 'The host waits for the GPU in each turn of a loop {step} to learn whether "{what}" holds; choose on the GPU with torch.where, or bring all that the loop tests to the host at once before it.',
      asserted:
        'The host waits for the GPU {step} to make sure of "{what}"; torch._assert_async does not wait, or make sure of it every N steps.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Expr>();
  for (const region of program.regions) {
    const tests = tensorTests(program, region, seen);
    // What waits most often stands for the step.
    const [first, ...others] = [...tests].sort(
      (a, b) => a.doubts - b.doubts || b.loops.length - a.loops.length,
    );
    if (first !== undefined) report(context, region, first, others);
  }
}

function report(
  context: RuleContext,
  region: StepRegion,
  first: TensorTest,
  others: readonly TensorTest[],
): void {
  const { program } = context;
  const { statement, tensor, loops, doubts } = first;
  const text = program.textOf(tensor).replace(/\s+/g, ' ');
  context.report({
    start: tensor.start,
    end: tensor.end,
    message: statement.kind === 'Assert' ? 'asserted' : loops.length > 0 ? 'loop' : 'step',
    data: { what: text.length > 40 ? `${text.slice(0, 37)}...` : text },
    confidence: confidenceOf(doubts),
    severity: loops.length > 0 ? 'warning' : rule.meta.severity,
    related: others.map((other) => ({
      start: other.tensor.start,
      end: other.tensor.end,
      message: 'The host waits here too, for the truth of a tensor.',
    })),
    region: region.root,
    fixes: testFix(program, [first, ...others]),
  });
}
