/** Work beside which a tensor made on the host does not count: loops that go through samples, and sequences made part by part. */

import type { Expr, FunctionDef, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { goesBySample } from '../../python/unseenWaits.ts';
import { deviceReads, settles } from '../../python/waits.ts';
import { visit } from '../../python/walk.ts';

export function isBesideMore(program: Program, region: StepRegion, at: Visit): boolean {
  return (
    isOnceForSequence(program, at) ||
    isFilledByLoop(program, at) ||
    region.visits.some((other) => other.within === at.within && isSlow(program, other))
  );
}

/** The host goes through samples one by one, or waits in an inner loop, to read or to learn how many a mask picks. */
function isSlow(program: Program, at: Visit): boolean {
  if (at.node.kind === 'For') return goesBySample(program, at, at.node);
  return at.inner && (deviceReads(program, at).length > 0 || settles(program, at));
}

/** `mask = torch.zeros(n).to(device)`, of which a loop then fills one place after the other. */
function isFilledByLoop(program: Program, { node, within }: Visit): boolean {
  const statement = program.statementOf(node as Expr);
  const target = statement?.kind === 'Assign' ? statement.targets[0] : undefined;
  if (within === undefined || target === undefined) return false;
  const place = `${program.textOf(target)}[`;
  let found = false;
  visit(within, (inner) => {
    if (inner.kind === 'For' && inner.start > node.end)
      found ||= inner.body.body.some((s) => program.textOf(s).includes(place));
    return undefined;
  });
  return found;
}

/** Before the loop that makes a whole utterance or text, or at the first of its parts. */
function isOnceForSequence(program: Program, { node, within }: Visit): boolean {
  if (within !== undefined && generating.test(within.name) && hasLoopAfter(within, node)) return true;
  for (let up = program.parents.get(node); up !== undefined && up !== within; up = program.parents.get(up))
    if (up.kind === 'If' && up.branches.some(({ test }) => asksForPast(program, test))) return true;
  return false;
}

const generating = /generat|infer|synthe|sampl|decod|predict|translat|beam/i;

/** `past_key_values is None`: so it is before the first token only. */
const asksForPast = (program: Program, test: Expr): boolean =>
  /\b(past\w*|\w*cache|mems|incremental_state)\s+is\s+None\b/.test(program.textOf(test));

const hasLoopAfter = (within: FunctionDef, node: Node): boolean =>
  within.body.body.some(
    (statement) => (statement.kind === 'For' || statement.kind === 'While') && statement.start > node.end,
  );
