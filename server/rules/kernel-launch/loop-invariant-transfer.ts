/** The same tensor copied to the device again on every step. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import { hoistFix } from '../../engine/hoistFix.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { moveOf } from '../../python/devices.ts';
import { staysInStep } from '../../python/invariance.ts';
import type { Call, Expr, FunctionDef, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { Device, onCuda } from '../../python/values.ts';
import { dottedName } from '../../python/walk.ts';

export const rule: Rule = {
  meta: {
    name: 'loop-invariant-transfer',
    aliases: [],
    family: 'kernel-launch',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'hostSync',
    summary: 'A tensor that stays the same is copied to the GPU anew on every step.',
    why: 'The copy comes from ordinary memory, so the processor waits for the bus on every step and hands the GPU no work meanwhile; copied once before the loop, the tensor would already be there.',
    evidence:
      'Reported by others: copies of constant statistics on every step drained the queue of the GPU (OneTrainer#1608). How much it costs is not measured.',
    messages: {
      step: 'This copies "{what}" to the GPU {step} although it stays the same; copy it once before the loop.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Node>();
  for (const region of program.regions)
    for (const { node, guard, within } of region.visits) {
      if (node.kind !== 'Call' || guard === 'cadence' || seen.has(node)) continue;
      const tensor = sameEachTime(program, region, within, node);
      if (tensor === undefined) continue;
      seen.add(node);
      const doubts = (onCuda(program.valueOf(node)) === 'yes' ? 0 : 1) + (guard === 'flag' ? 1 : 0);
      const what = program.textOf(tensor);
      context.report({
        start: node.start,
        end: node.end,
        message: 'step',
        data: { what: what.length > 40 ? `${what.slice(0, 37)}...` : what },
        confidence: confidenceOf(doubts),
        region: region.root,
        fixes: hoistFix(program, region, node, {
          title: 'Copy it once before the loop',
          caveat: 'Right as long as no step changes the tensor.',
          names: [`${lastPart(tensor)}_on_device`],
        }),
      });
    }
}

/** The tensor of a `.to(device)` that is certainly on the host and that no step changes. */
function sameEachTime(
  program: Program,
  region: StepRegion,
  within: FunctionDef | undefined,
  move: Call,
): Expr | undefined {
  if (move.callee.kind !== 'Attribute' || !/^(to|cuda)$/.test(move.callee.name)) return undefined;
  const to = moveOf(program.machine, move, move.callee.name);
  if (to === undefined || (to.device & (Device.cuda | Device.some)) === 0) return undefined;
  const tensor = move.callee.object;
  if (dottedName(tensor) === undefined) return undefined;
  const v = program.valueOf(tensor);
  // Where the tensor is has to be known: moved before, it is not copied again.
  if (v.kind !== 'tensor' || v.assumed || v.device !== Device.cpu) return undefined;
  // Changed where we do not look, it would have to be copied again.
  if (!staysInStep(region, within, tensor)) return undefined;
  const devices = [...move.args, ...move.keywords.map((k) => k.value)];
  return devices.length <= 2 ? tensor : undefined;
}

const lastPart = (expr: Expr): string => dottedName(expr)?.split('.').at(-1)?.toLowerCase() ?? 'value';
