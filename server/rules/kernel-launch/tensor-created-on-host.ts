/** Tensors that are filled on the host and then copied, where the device could have filled them itself. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { chosenBySettings } from '../../python/guardAround.ts';
import type { Node } from '../../python/nodes.ts';
import { onCuda } from '../../python/values.ts';
import { factoryMove, isTiny, setsDefaultDevice } from './factoryMoves.ts';
import { isBesideMore } from './longerWork.ts';
import { onDeviceFix } from './onDeviceFix.ts';
import { presumedFactories } from './presumedFactories.ts';

export const rule: Rule = {
  meta: {
    name: 'tensor-created-on-host',
    aliases: [],
    family: 'kernel-launch',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'hostSync',
    summary: 'A tensor is filled on the host on every step and then copied to the GPU.',
    why: 'Filling on the processor is slower, and the copy comes from ordinary memory, so the processor waits for it to end; with the device named in the call the GPU fills the tensor itself and nothing is copied.',
    evidence:
      "PyTorch's tuning guide asks to create tensors on the device, and its profiler has a pattern for the extra copy; how much it costs is not measured.",
    messages: {
      step: 'This fills a tensor on the host and copies it to the GPU {step}; give the call device=… so that the GPU fills it.',
      presumed:
        'This fills a tensor on the host and copies it each time it runs; give the call device=… so that it is filled where it is needed.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program) || setsDefaultDevice(program)) return;
  const seen = new Set<Node>();
  for (const region of program.regions)
    for (const visited of region.visits) {
      const { node, guard } = visited;
      if (node.kind !== 'Call' || guard === 'cadence' || seen.has(node)) continue;
      const found = factoryMove(program, node);
      if (found === undefined) continue;
      seen.add(node);
      // A module is configured once: where a setting chooses this way it is taken in every step.
      const switched = guard === 'flag' && !(region.part !== undefined && chosenBySettings(program, node));
      // What is seldom chosen, is next to nothing or stands beside what takes far longer is listed at most.
      const small = switched || isTiny(program, found) || isBesideMore(program, region, visited);
      const doubts = (onCuda(program.valueOf(node)) === 'yes' ? 0 : 1) + (small ? 2 : 0);
      context.report({
        start: found.factory.start,
        end: node.end,
        message: 'step',
        confidence: confidenceOf(doubts),
        region: region.root,
        fixes: onDeviceFix(program, found),
      });
    }
  for (const [first, ...others] of presumedFactories(program, seen)) {
    if (first === undefined) continue;
    context.report({
      start: first.factory.start,
      end: first.move.end,
      message: 'presumed',
      confidence: 'possible',
      related: others.map(({ factory, move }) => ({
        start: factory.start,
        end: move.end,
        message: 'The same holds for this one.',
      })),
      region: program.functionOf(first.move) ?? first.move,
      fixes: onDeviceFix(program, first),
    });
  }
}
