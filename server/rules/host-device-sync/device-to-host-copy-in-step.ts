/** Whole tensors copied to the host on every step, although nobody needs them there now or not all of them. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { Expr } from '../../python/nodes.ts';
import { copyFix } from './copyFix.ts';
import { hostCopies } from './hostCopies.ts';

export const rule: Rule = {
  meta: {
    name: 'device-to-host-copy-in-step',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary:
      'A whole tensor is copied from the GPU on every step, only to be recorded or to be reduced on the host.',
    why: 'A copy to the host makes the processor wait until the GPU has done all its work and then until the data has crossed the bus; the GPU idles from then until new work arrives.',
    evidence:
      "PyTorch's tuning guide lists such copies as waits. Reported by others: a GPU idle for 45 % of the time before reads and copies of each micro-batch were removed (FastVideo#1217). Not measured here.",
    messages: {
      recorded:
        'The host waits {step} for a copy of "{what}" from the GPU, which is only recorded; keep it on the device and copy it once after the loop.',
      reduced:
        'The host waits {step} for a copy of all of "{what}" from the GPU and then reduces it; reduce it on the device and copy the small result.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Expr>();
  for (const region of program.regions) {
    const copies = hostCopies(program, region).filter((c) => !seen.has(c.copy));
    const first = copies[0];
    if (first === undefined) continue;
    for (const c of copies) seen.add(c.copy);
    const doubts = Math.min(...copies.map((c) => c.doubts));
    const text = program.textOf(first.tensor).replace(/\s+/g, ' ');
    context.report({
      start: first.copy.start,
      end: first.copy.end,
      message: first.use,
      data: { what: text.length > 40 ? `${text.slice(0, 37)}...` : text },
      confidence: confidenceOf(doubts),
      ...(region.role === 'eval' ? { severity: 'information' as const } : {}),
      related: copies.slice(1).map((c) => ({
        start: c.copy.start,
        end: c.copy.end,
        message: 'The host waits for this copy too, in the same step.',
      })),
      region: region.root,
      fixes: copyFix(program, region, copies),
    });
  }
}
