/** A wait for the device for each parameter of the model, to look at its gradients or weights on the host. */

import { confidenceOf } from '../../engine/confidence.ts';
import { dotOf } from '../../engine/edits.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Fix } from '../../engine/finding.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { isInOptimizer, type ParameterRead, parameterReads } from './parameterReads.ts';

export const rule: Rule = {
  meta: {
    name: 'grad-norm-python-item',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary: 'A loop over the parameters reads a number from the GPU for each of them, on every step.',
    why: 'A model has hundreds of parameter tensors, and each single read makes the processor wait until the GPU has done all its work; summed up on the GPU, one read brings the same number.',
    evidence:
      'DeepSpeed (#4436) and PyTorch (#61042) took such reads out of their own gradient norms; how much it costs is not measured.',
    messages: {
      loop: 'The host waits for the GPU once for each parameter {step}; add the numbers up on the GPU and read the sum once.',
      own: 'The optimizer waits for the GPU once for each parameter {step}; keep the number in a tensor and choose with torch.where.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Expr>();
  for (const region of program.regions)
    for (const reads of parameterReads(program, region, seen)) report(context, region, reads);
}

function report(context: RuleContext, region: StepRegion, reads: readonly ParameterRead[]): void {
  const [first] = reads;
  if (first === undefined) return;
  const { program } = context;
  const guarded = reads.every(({ read }) => read.visit.guard === 'flag');
  context.report({
    start: first.read.expr.start,
    end: first.read.expr.end,
    message: isInOptimizer(program, first.loop) ? 'own' : 'loop',
    confidence: confidenceOf((program.cuda === 'yes' ? 0 : 1) + (guarded ? 1 : 0)),
    related: reads.slice(1).map(({ read }) => ({
      start: read.expr.start,
      end: read.expr.end,
      message: 'The host waits here too, for each parameter.',
    })),
    region: region.root,
    fixes: onDevice(program, reads),
  });
}

/** `total += p.grad.norm().item() ** 2` and `sum(… .item() …)` without the reads: the sum itself is a tensor then. */
function onDevice(program: Program, reads: readonly ParameterRead[]): Fix[] {
  const items = reads.flatMap(({ read: { expr } }) =>
    expr.kind === 'Call' &&
    expr.callee.kind === 'Attribute' &&
    expr.callee.name === 'item' &&
    isAddedUp(program, expr)
      ? expr
      : [],
  );
  if (items.length < reads.length) return [];
  return [
    {
      title: 'Add the numbers up on the GPU',
      safety: 'suggestion',
      caveat: 'The sum is then a tensor: read it with item() where it is needed, once.',
      edits: items.map((item) => ({ start: dotOf(program.text, item), end: item.end, text: '' })),
    },
  ];
}

/** Over arithmetic only, into `+=` or `sum(…)`. */
function isAddedUp(program: Program, read: Expr): boolean {
  for (let up = program.parents.get(read); up !== undefined; up = program.parents.get(up)) {
    if (up.kind === 'Binary' || up.kind === 'Unary') continue;
    if (up.kind === 'AugAssign') return up.target.kind === 'Name';
    if (up.kind !== 'Comprehension') return false;
    const call = program.parents.get(up);
    return call?.kind === 'Call' && program.valueOf(call.callee).type === 'builtins.sum';
  }
  return false;
}
