/** A loader that reads and decodes on the training process itself, while the GPU waits. */

import { confidenceOf } from '../../engine/confidence.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { resolveArgument } from '../../python/arguments.ts';
import { datasetWork, holdsLambda } from '../../python/datasetWork.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Value } from '../../python/values.ts';
import { consumersByLoader, loadersWithoutWorkers, movesToCuda } from './loaderUse.ts';
import { workersFix } from './workersFix.ts';

export const rule: Rule = {
  meta: {
    name: 'loader-no-workers',
    aliases: [],
    family: 'data-pipeline',
    stage: 'stable',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'inputWait',
    summary: 'A DataLoader without worker processes reads and decodes each batch while the GPU waits.',
    why: 'Without worker processes the training loop itself opens and decodes every item; the GPU has nothing to do until the whole batch is ready, yet it keeps drawing power.',
    evidence:
      "Reported by others, not measured here: data work stands behind 46 % of 706 issues of low GPU use (ICSE 2024); PyTorch's tuning guide asks for workers.",
    messages: {
      none: 'This DataLoader prepares every batch in the training process while the GPU waits; set num_workers so that worker processes prepare batches ahead.',
      standard:
        'By default this DataLoader prepares every batch in the training process while the GPU waits; give num_workers a default above 0 so that worker processes prepare batches ahead.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  if (isExempt(program) || wouldStartAgain(context)) return;
  const consumers = consumersByLoader(program);
  for (const loader of loadersWithoutWorkers)
    for (const call of program.callsTo(loader.type))
      checkLoader(context, call, loader, consumers.get(call) ?? []);
}

function checkLoader(
  context: RuleContext,
  call: Call,
  positions: { readonly workers: number; readonly collate: number },
  regions: readonly StepRegion[],
): void {
  const { program } = context;
  if (regions.length === 0) return;
  const workers = resolveArgument(program, call, 'num_workers', positions.workers);
  if (workers.state === 'unknown') return;
  const byDefault = workers.state === 'set' && workers.value.overridable;
  if (workers.state === 'set' && workers.value.constant !== 0) return;
  const dataset = resolveArgument(program, call, 'dataset', 0);
  if (dataset.state !== 'set') return;
  const work = datasetWork(program, dataset.value);
  if (work.costly === 'no' || work.blocked) return;
  const collate = resolveArgument(program, call, 'collate_fn', positions.collate);
  if (collate.state === 'unknown' || (collate.state === 'set' && unpicklable(program, collate.value, call)))
    return;
  const moves = regions.map((r) => movesToCuda(program, r));
  if (!moves.includes('yes') && !moves.includes('unknown')) return;
  const doubts = (moves.includes('yes') ? 0 : 1) + (byDefault ? 1 : 0) + (work.costly === 'unknown' ? 1 : 0);
  context.report({
    start: call.callee.start,
    end: call.callee.end,
    message: byDefault ? 'standard' : 'none',
    confidence: confidenceOf(doubts),
    region: call,
    fixes: workersFix(
      program,
      call,
      workers,
      regions.some((r) => r.repeated),
    ),
  });
}

/** Where worker processes import the script anew, one that does not guard its start would start itself in each of them. */
function wouldStartAgain({ program, assume }: RuleContext): boolean {
  const imports = assume.os === 'windows' || assume.os === 'macos';
  return imports && !/^if[ \t(]+__name__[ \t]*==/m.test(program.text);
}

/** A nested function or a lambda cannot be sent to a worker that is spawned. */
function unpicklable(program: Program, collate: Value, call: Call): boolean {
  if (collate.type === 'lambda') return true;
  if (collate.functions.some((f) => f.outer !== undefined)) return true;
  return call.keywords.some((k) => k.name === 'collate_fn' && holdsLambda(program, k.value));
}
