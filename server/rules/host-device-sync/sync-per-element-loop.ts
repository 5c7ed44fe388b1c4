/** A wait for the device for each element of a tensor, by a loop inside a step. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import type { ElementLoop } from '../../python/elementLoops.ts';
import type { Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import { deviceReads } from './deviceReads.ts';
import { elementFix } from './elementFix.ts';
import { asksItem, type ElementRead, elementRead } from './elementReads.ts';

export const rule: Rule = {
  meta: {
    name: 'sync-per-element-loop',
    aliases: [],
    family: 'host-device-sync',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'hostSync',
    summary: 'A loop inside a step reads a GPU tensor element by element, waiting for the GPU each time.',
    why: 'Every single read makes the processor wait until the GPU has done all its work and has sent one number over; a hundred elements are a hundred waits, while the GPU idles between them, where one copy would bring them all.',
    evidence:
      "PyTorch's own profiler has a pattern for it (for-loop indexing); how much it costs is not measured.",
    messages: {
      rows: 'The host waits for the GPU once for each element of "{what}" {step}; read all of them at once with tolist() before the loop.',
      derived:
        'The host waits for the GPU once for each element of "{what}" {step}; compute the whole on the GPU and read it once.',
      copies:
        'The host waits for the GPU once for each row of "{what}" {step}; copy the whole to the host once before the loop.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Expr>();
  for (const region of program.regions)
    for (const reads of byLoop(program, region, seen).values()) report(context, region, reads);
}

function byLoop(
  program: Program,
  region: StepRegion,
  seen: Set<Expr>,
): ReadonlyMap<ElementLoop, readonly ElementRead[]> {
  const loops = new Map<ElementLoop, ElementRead[]>();
  for (const visit of region.visits) {
    if (visit.guard === 'cadence') continue;
    for (const read of deviceReads(program, visit)) {
      if (seen.has(read.expr)) continue;
      const found = elementRead(program, region, read);
      if (found === undefined) continue;
      seen.add(read.expr);
      const known = loops.get(found.loop);
      if (known === undefined) loops.set(found.loop, [found]);
      else known.push(found);
    }
  }
  return loops;
}

function report(context: RuleContext, region: StepRegion, reads: readonly ElementRead[]): void {
  const { program } = context;
  const first = reads[0];
  if (first === undefined) return;
  const { read } = first;
  const doubts = Math.min(
    ...reads.map(
      (r) =>
        (r.device === 'yes' ? 0 : 1) +
        (r.assumed && !asksItem(r.read) ? 1 : 0) +
        (r.read.visit.guard === 'flag' ? 1 : 0),
    ),
  );
  const text = program.textOf(first.source).replace(/\s+/g, ' ');
  context.report({
    start: read.expr.start,
    end: read.expr.end,
    message: first.form === 'derived' ? 'derived' : reads.every(isCopy) ? 'copies' : 'rows',
    data: { what: text.length > 40 ? `${text.slice(0, 37)}...` : text },
    confidence: confidenceOf(doubts),
    related: reads.slice(1).map((r) => ({
      start: r.read.expr.start,
      end: r.read.expr.end,
      message: 'The host waits here too, for each element.',
    })),
    region: region.root,
    fixes: elementFix(program, reads),
  });
}

function isCopy({ read }: ElementRead): boolean {
  return (
    read.expr.kind === 'Call' && read.expr.callee.kind === 'Attribute' && read.expr.callee.name === 'cpu'
  );
}
