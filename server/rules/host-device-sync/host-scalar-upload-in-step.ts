/** Numbers of the host that are made into a tensor and sent to the device on every step, although they stay the same. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import { hoistFix } from '../../engine/hoistFix.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { moveOf } from '../../python/devices.ts';
import { chosenBySettings } from '../../python/guardAround.ts';
import { staysInStep } from '../../python/invariance.ts';
import { settingsName } from '../../python/knowledge/configurations.ts';
import type { Call, Expr, FunctionDef, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { Device, onCuda, type Value } from '../../python/values.ts';
import { dottedName } from '../../python/walk.ts';

export const rule: Rule = {
  meta: {
    name: 'host-scalar-upload-in-step',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'hostSync',
    summary: 'The same numbers are made into a tensor and sent to the GPU on every step.',
    why: 'However small the tensor, the processor makes it anew and waits until it has crossed to the GPU, on every step; arithmetic with the number itself needs no tensor, and a tensor made once is there for good.',
    evidence:
      "PyTorch's own profiler has a pattern for such extra copies; how much they cost is not measured.",
    messages: {
      step: 'This sends the same numbers to the GPU {step}; use the number itself or make the tensor once before the loop.',
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
      const made = madeOfNumbers(program, region, within, node);
      if (made === undefined) continue;
      seen.add(node);
      // A module is configured once: where a setting chooses this way it is taken in every step.
      const switched = guard === 'flag' && !(region.part !== undefined && chosenBySettings(program, node));
      const doubts = (onCuda(program.valueOf(made)) === 'yes' ? 0 : 1) + (switched ? 1 : 0);
      context.report({
        start: made.start,
        end: made.end,
        message: 'step',
        confidence: confidenceOf(doubts),
        region: region.root,
        fixes: devicesOf(made).every((d) => staysInStep(region, within, d))
          ? hoistFix(program, region, made, {
              title: 'Make the tensor once before the loop',
              caveat: 'Right as long as no step changes the tensor.',
              names: ['constant', 'constant_tensor', 'fixed_tensor'],
            })
          : [],
      });
    }
}

const makes = /^torch\.(tensor|as_tensor|FloatTensor|LongTensor|BoolTensor|DoubleTensor|Tensor)$/;

/** The whole expression that makes a tensor of steady numbers on the device: the call, or the move behind it. */
function madeOfNumbers(
  program: Program,
  region: StepRegion,
  within: FunctionDef | undefined,
  call: Call,
): Call | undefined {
  const [numbers] = call.args;
  if (!makes.test(program.valueOf(call.callee).type) || numbers === undefined) return undefined;
  // `Tensor(3)` makes three numbers of nothing.
  const list = numbers.kind === 'List' || numbers.kind === 'Tuple';
  if (!list && !/^torch\.(tensor|as_tensor)$/.test(program.valueOf(call.callee).type)) return undefined;
  if (!areNumbers(program, numbers) || !staysInStep(region, within, numbers)) return undefined;
  const settings = call.keywords.filter((k) => k.name !== null && !/^(dtype|requires_grad)$/.test(k.name));
  if (call.args.length > 1 || call.keywords.some((k) => k.name === null)) return undefined;
  // What learns is no constant.
  if (call.keywords.some((k) => k.name === 'requires_grad')) return undefined;
  const whole = settings.some((k) => k.name === 'device') ? call : movedAtOnce(program, call);
  if (whole === undefined || onCuda(program.valueOf(whole)) === 'no') return undefined;
  return devicesOf(whole).every((d) => isPlace(program, d) || staysInStep(region, within, d))
    ? whole
    : undefined;
}

/** `x`, `x.device`: each turn may have another tensor, on the same device. */
function isPlace(program: Program, expr: Expr): boolean {
  const v = program.valueOf(expr);
  return (
    (expr.kind === 'Attribute' && expr.name === 'device') ||
    v.kind === 'tensor' ||
    (v.kind === 'unknown' && onCuda(v) !== 'no')
  );
}

function areNumbers(program: Program, expr: Expr): boolean {
  if (expr.kind === 'List' || expr.kind === 'Tuple')
    return expr.items.length > 0 && expr.items.every((item) => areNumbers(program, item));
  if (expr.kind === 'Unary') return areNumbers(program, expr.operand);
  if (expr.kind === 'Number') return true;
  if (expr.kind === 'Literal') return typeof expr.value === 'boolean';
  const v = program.valueOf(expr);
  return v.kind === 'number' || isSetting(expr, v) || isTableOfClass(program, expr, v);
}

/** `args.weights`, `self.config.mean`: a number or a list of them. */
function isSetting(expr: Expr, v: Value): boolean {
  if (expr.kind !== 'Attribute' || !/^(unknown|sequence)$/.test(v.kind) || v.device !== Device.none)
    return false;
  const holder = dottedName(expr.object)?.split('.').at(-1);
  return holder !== undefined && settingsName.test(holder);
}

/** `self.mean`, a list of numbers that is written out in the class once and that nobody changes. */
function isTableOfClass(program: Program, expr: Expr, v: Value): boolean {
  const [written, ...others] = v.sources;
  if (expr.kind !== 'Attribute' || v.kind !== 'sequence' || written === undefined || others.length > 0)
    return false;
  if (program.valueOf(expr.object).classInfo === undefined) return false;
  if (written.kind !== 'List' && written.kind !== 'Tuple') return false;
  const changes = `(\\.(append|extend|insert|pop|clear|remove)\\(|\\[[^\\]]*\\]\\s*[-+*/]?=[^=])`;
  return (
    written.items.length > 0 &&
    written.items.every((item) => areNumbers(program, item)) &&
    !new RegExp(`\\.${expr.name}${changes}`).test(program.text)
  );
}

/** `torch.tensor(0.5).to(device)`. */
function movedAtOnce(program: Program, call: Call): Call | undefined {
  const up = program.parents.get(call);
  if (up?.kind !== 'Attribute' || up.object !== call) return undefined;
  const move = program.parents.get(up);
  if (move?.kind !== 'Call' || move.callee !== up || !/^(to|cuda)$/.test(up.name)) return undefined;
  return moveOf(program.machine, move, up.name) === undefined ? undefined : move;
}

/** Everything that says where to, besides the numbers. */
function devicesOf(whole: Call): readonly Expr[] {
  const keywords = whole.keywords.filter((k) => k.name === 'device').map((k) => k.value);
  const moved = whole.callee.kind === 'Attribute' && /^(to|cuda)$/.test(whole.callee.name);
  return moved ? [...whole.args, ...keywords] : keywords;
}
