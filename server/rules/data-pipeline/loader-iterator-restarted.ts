/** A loader that is started anew on every step, to take one batch from it. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { resolveArgument } from '../../python/arguments.ts';
import type { Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { endlessFix } from './endlessFix.ts';
import { type Restart, restartsOf } from './loaderRestarts.ts';
import { loaderPositions } from './loaderUse.ts';

export const rule: Rule = {
  meta: {
    name: 'loader-iterator-restarted',
    aliases: [],
    family: 'data-pipeline',
    stage: 'preview',
    since: '0.1.0',
    severity: 'warning',
    wasteKind: 'inputWait',
    summary: 'A DataLoader is started anew on every step, for one batch.',
    why: 'Starting a loader means shuffling all indices and starting its worker processes, which then prepare several batches of which one is used; the GPU waits for all of that on every step, and the work on the rest is thrown away.',
    evidence:
      'The same start, once an epoch: reported by others as 7 minutes against 35 seconds (mmhuman3d#233). On every step: not measured.',
    messages: {
      iterator:
        'This starts the loader anew {step} and throws away what it prepared; make the iterator once before the loop and take the next batch from it.',
      loader:
        'This builds a DataLoader anew {step} and throws away what it prepared; build it once before the loop.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program)) return;
  const seen = new Set<Node>();
  for (const region of program.regions)
    for (const restart of restartsOf(program, region)) {
      if (seen.has(restart.call)) continue;
      seen.add(restart.call);
      const { call, kind, guard } = restart;
      context.report({
        start: call.start,
        end: call.end,
        message: kind,
        confidence: confidenceOf((guard === 'flag' ? 1 : 0) + (program.cuda === 'yes' ? 0 : 1)),
        ...(startsWorkers(program, restart) ? {} : { severity: 'information' as const }),
        region: region.root,
        fixes: kind === 'iterator' ? endlessFix(program, region, call) : [],
      });
    }
}

/** Without worker processes the start costs only the order of the indices. */
function startsWorkers(program: Program, { loaders }: Restart): boolean {
  return loaders.some((call) => {
    const workers = resolveArgument(program, call, 'num_workers', loaderPositions.workers);
    return workers.state === 'unknown' || (workers.state === 'set' && workers.value.constant !== 0);
  });
}
