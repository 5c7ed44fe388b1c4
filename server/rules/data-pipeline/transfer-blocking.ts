/** Batches in pinned memory whose copy to the GPU the processor waits for all the same. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { resolveArgument } from '../../python/arguments.ts';
import type { Call } from '../../python/nodes.ts';
import type { StepRegion } from '../../python/regions.ts';
import { batchMoves, isWaitedFor, withoutWaiting } from './batchMoves.ts';
import { isBesideMore } from './besideCopies.ts';
import { consumersByLoader, loaderPositions } from './loaderUse.ts';

export const rule: Rule = {
  meta: {
    name: 'transfer-blocking',
    aliases: [],
    family: 'data-pipeline',
    stage: 'preview',
    since: '0.1.0',
    severity: 'hint',
    wasteKind: 'inputWait',
    summary: 'The processor waits for the copy of each batch, although its memory is pinned for not waiting.',
    why: 'From pinned memory the GPU fetches a batch by itself while the processor already hands out the next work; without non_blocking=True the processor stands still until the copy has arrived.',
    evidence:
      "PyTorch's tutorial on pinned memory measures the two against each other; how much a whole run gains is not measured.",
    messages: {
      step: 'The host waits for the copy of the batch {step} although its memory is pinned; add non_blocking=True.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Call>();
  for (const [loader, regions] of consumersByLoader(program)) {
    if (loader.kind !== 'Call') continue;
    const pin = resolveArgument(program, loader, 'pin_memory', loaderPositions.pin);
    if (pin.state !== 'set' || pin.value.constant !== true) continue;
    for (const region of regions) report(context, region, seen, pin.value.overridable ? 1 : 0);
  }
}

function report(context: RuleContext, region: StepRegion, seen: Set<Call>, doubts: number): void {
  const { program } = context;
  const moves = batchMoves(program, region).filter((m) => isWaitedFor(program, m) && !seen.has(m.call));
  const first = moves[0];
  if (first === undefined) return;
  for (const { call } of moves) seen.add(call);
  const small = isBesideMore(program, region, moves);
  context.report({
    start: first.call.start,
    end: first.call.end,
    message: 'step',
    confidence: confidenceOf(doubts + (first.device === 'yes' ? 0 : 1) + (small ? 2 : 0)),
    related: moves.slice(1).map(({ call }) => ({
      start: call.start,
      end: call.end,
      message: 'The host waits for this copy too, in the same step.',
    })),
    region: region.root,
    // Of all moves, or half of them would still be waited for.
    fixes: [{ title: 'Copy without waiting', safety: 'safe', edits: withoutWaiting(program, moves) }],
  });
}
