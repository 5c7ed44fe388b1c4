/** A loader whose batches lie in ordinary memory when they are copied to the GPU. */

import { inserted, intoDict, literalMapping } from '../../engine/argumentEdits.ts';
import { confidenceOf } from '../../engine/confidence.ts';
import { inOrder, nameOfModule } from '../../engine/edits.ts';
import { isExempt } from '../../engine/exempt.ts';
import type { Fix, TextEdit } from '../../engine/finding.ts';
import type { Rule, RuleContext } from '../../engine/rule.ts';
import { type Argument, resolveArgument } from '../../python/arguments.ts';
import type { Call } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { type BatchMove, batchMoves, isWaitedFor, withoutWaiting } from './batchMoves.ts';
import { consumersByLoader, loaderPositions, managedLoaders } from './loaderUse.ts';
import { goesOutOfSight, isLookedAt, mayFeedGpu, reportByFunction } from './presumedLoaders.ts';

export const rule: Rule = {
  meta: {
    name: 'loader-no-pin-memory',
    aliases: [],
    family: 'data-pipeline',
    stage: 'preview',
    since: '0.1.0',
    severity: 'information',
    wasteKind: 'inputWait',
    summary: 'A DataLoader gives batches in ordinary memory, from where the copy to the GPU is slow.',
    why: 'The GPU cannot read ordinary memory by itself: the driver first copies each batch into memory it may read, and the processor waits for that; with pinned memory a thread of the loader has done it before.',
    evidence:
      "Reported by others: 20 % less time for a batch and 9.8 % for a run on an RTX 6000 (Creedengo GCI102); PyTorch's tuning guide asks for it. Not measured here.",
    messages: {
      none: 'Each batch of this DataLoader is copied to the GPU from ordinary memory, which is slow; set pin_memory=True.',
      presumed:
        'If the batches of this DataLoader go to a GPU, they are copied there from ordinary memory, which is slow; set pin_memory=True.',
    },
  },
  check,
};

function check(context: RuleContext): void {
  const { program } = context;
  const known = !isExempt(program);
  if (!known && !mayFeedGpu(program)) return;
  const consumers = consumersByLoader(program);
  const managed = managedLoaders(program);
  const presumed: Call[] = [];
  for (const call of program.callsTo('torch.utils.data.DataLoader')) {
    const pin = resolveArgument(program, call, 'pin_memory', loaderPositions.pin);
    const workers = resolveArgument(program, call, 'num_workers', loaderPositions.workers);
    if (!isUnpinned(program, call, pin)) continue;
    const regions = consumers.get(call) ?? [];
    const moves = regions.flatMap((region) => batchMoves(program, region));
    // Without worker processes the training process itself pins each batch: the time moves, it is not saved.
    if (workers.state === 'notSet') continue;
    const byDefault = workers.state === 'set' && workers.value.constant === 0;
    if (byDefault && !workers.value.overridable) continue;
    if (known && moves.length > 0 && !byDefault) report(context, call, pin, moves);
    else if (mayFeedGpu(program) && goesOutOfSight(program, regions) && !managed.has(call))
      if (!isLookedAt(program, call)) presumed.push(call);
  }
  reportByFunction(context, presumed);
}

function isUnpinned(program: Program, call: Call, pin: Argument): boolean {
  if (pin.state === 'unknown' || (pin.state === 'set' && pin.value.constant !== false)) return false;
  // A default that can be changed is somebody's choice for each run.
  if (pin.state === 'set' && pin.value.overridable) return false;
  const collate = resolveArgument(program, call, 'collate_fn', loaderPositions.collate);
  // Batches of a kind of their own are pinned only if they say how.
  if (collate.state === 'unknown' || (collate.state === 'set' && collate.value.kind !== 'none')) return false;
  return !speaksOfMemory(program, call);
}

function report(context: RuleContext, call: Call, pin: Argument, moves: readonly BatchMove[]): void {
  const { program } = context;
  // Who writes that it shall not be pinned may have a reason, such as memory that is short.
  const doubts = (moves.some((m) => m.device === 'yes') ? 0 : 1) + (pin.state === 'set' ? 2 : 0);
  context.report({
    start: call.callee.start,
    end: call.callee.end,
    message: 'none',
    confidence: confidenceOf(doubts),
    region: call,
    fixes: pinFix(program, call, pin, moves),
  });
}

/** A comment at the call says that memory is short. */
function speaksOfMemory(program: Program, call: Call): boolean {
  return program.module.comments.some(
    (c) =>
      c.end > call.start - 120 &&
      c.start < call.end + 80 &&
      /pin_memory|pinn|\bRAM\b|\bOOM\b|host memory/i.test(c.text),
  );
}

/** Pinned memory is only half of it: the copies no longer need to be waited for. */
function pinFix(program: Program, call: Call, pin: Argument, moves: readonly BatchMove[]): Fix[] {
  const pinned = pinEdit(program, call, pin);
  if (pinned === undefined) return [];
  const shared = pin.state === 'notSet' && literalMapping(program, call) !== undefined;
  const edits = inOrder([
    pinned,
    ...withoutWaiting(
      program,
      moves.filter((m) => isWaitedFor(program, m)),
    ),
  ]);
  const title = 'Pin the memory of the batches and copy without waiting';
  if (!shared) return [{ title, safety: 'safe', edits }];
  const caveat = 'Right as long as the settings are given to this loader only.';
  return [{ title, safety: 'suggestion', caveat, edits }];
}

function pinEdit(program: Program, call: Call, pin: Argument): TextEdit | undefined {
  // A program that also runs without a GPU has nothing to pin for there.
  const value = /\bcuda\.is_available\(/.test(program.text) ? 'torch.cuda.is_available()' : 'True';
  if (value !== 'True' && nameOfModule(program, 'torch') !== 'torch') return undefined;
  if (pin.state === 'set')
    return pin.expr?.kind === 'Literal'
      ? { start: pin.expr.start, end: pin.expr.end, text: value }
      : undefined;
  const literal = literalMapping(program, call);
  return literal === undefined
    ? inserted(program, call, [`pin_memory=${value}`])[0]
    : intoDict(program, literal, [`"pin_memory": ${value}`]);
}
