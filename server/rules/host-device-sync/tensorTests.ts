/** Conditions of a step on tensors of the device, for whose truth the host waits without any call that says so. */

import { runsCompiled } from '../../python/compiledCode.ts';
import { turns } from '../../python/elementLoops.ts';
import { countsGroups } from '../../python/groupedWaits.ts';
import { type Guard, guardOf, otherwise, stronger } from '../../python/guards.ts';
import type { Expr, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { readsElse, stepInSight } from '../../python/stepInSight.ts';
import { onCuda } from '../../python/values.ts';
import { copiesArray, drainsQueue, settles, testedTensor, testsOf, waitsBySetting } from './deviceReads.ts';
import { isInOptimizer, isParameterRead } from './parameterReads.ts';

export interface TensorTest {
  /** The statement that chooses. */
  readonly statement: Node;
  /** What of its condition is a tensor. */
  readonly tensor: Expr;
  /** The loops of the step around it, the innermost first: it waits in each of their turns. */
  readonly loops: readonly Node[];
  /** How many facts are only likely. */
  readonly doubts: number;
}

/** The tests of one step. Those in `seen` are left out, those found are added to it. */
export function tensorTests(program: Program, region: StepRegion, seen: Set<Expr>): readonly TensorTest[] {
  const found = [...ownTest(region), ...region.visits].flatMap((visit) => testsAt(program, region, visit));
  const fresh = found.filter(({ tensor }) => !seen.has(tensor));
  for (const { tensor } of fresh) seen.add(tensor);
  if (fresh.length === 0) return fresh;
  const tested = new Set(found.map(({ statement }) => statement));
  const others = region.visits.filter((visit) => !tested.has(visit.node) && waits(program, visit));
  const alone = others.length === 0 && stepInSight(program, region, tested);
  const loops = others.map((visit) => loopsAround(program, region, visit));
  return fresh.map((test) => {
    const [loop] = test.loops;
    const beside = loop === undefined ? !alone : loops.some((around) => around.includes(loop));
    return beside ? { ...test, doubts: test.doubts + unsure } : test;
  });
}

/** Beside another wait one test less saves next to nothing; and of some tests the step surely needs the answer. */
const unsure = 2;

/** `while (residual > eps).any():` around the step itself. */
function ownTest({ root, owner }: StepRegion): Visit[] {
  return root.kind === 'While'
    ? [{ node: root, guard: 'none', seldom: false, within: owner, inner: false, via: undefined }]
    : [];
}

function testsAt(program: Program, region: StepRegion, visit: Visit): TensorTest[] {
  const { node } = visit;
  if (visit.guard === 'cadence') return [];
  return testsOf(node).flatMap((test): TensorTest[] => {
    const tensor = testedTensor(program, test);
    if (tensor === undefined) return [];
    const guard = stronger(visit.guard, guardWithin(program, region, visit, test, tensor));
    if (guard === 'cadence' || isOfParameters(program, region, visit, tensor)) return [];
    if (runsCompiled(program, region, visit)) return [];
    const v = program.valueOf(tensor);
    const loops = loopsAround(program, region, visit);
    const doubts =
      (onCuda(v) === 'yes' ? 0 : 1) +
      (guard === 'flag' ? 1 : 0) +
      (v.assumed ? 1 : 0) +
      (needsAnswer(program, node, test, loops[0]) ? unsure : 0);
    return [{ statement: node, tensor, loops, doubts }];
  });
}

/** Whether a loop goes on until the test holds, or a network runs only where it does. */
function needsAnswer(program: Program, statement: Node, test: Expr, loop: Node | undefined): boolean {
  if (statement.kind === 'While') return true;
  const branch = statement.kind === 'If' ? statement.branches.find((b) => b.test === test) : undefined;
  if (branch === undefined) return false;
  const last = branch.body.body.at(-1);
  const stops = last?.kind === 'Break' || last?.kind === 'Return';
  const inside = loop !== undefined && program.functionOf(loop) === program.functionOf(statement);
  return (stops && inside) || program.work.ofBlock(branch.body, false).forward;
}

/** `if step % 100 == 0 and loss > limit:`, or in an `elif` behind such a test: the host comes to the tensor only now and then. */
function guardWithin(program: Program, region: StepRegion, visit: Visit, test: Expr, tensor: Expr): Guard {
  const within = visit.within ?? program.module;
  const root = visit.via === undefined || visit.within === undefined ? region.root : visit.within;
  const scope = { text: program.text, root, within };
  const before = visit.node.kind === 'If' ? visit.node.branches.map((b) => b.test) : [test];
  let guard = before
    .slice(0, before.indexOf(test))
    .reduce<Guard>((g, t) => stronger(g, otherwise(t, scope)), 'none');
  for (let at: Node = tensor; at !== test; ) {
    const up = program.parents.get(at);
    if (up === undefined) break;
    if (up.kind === 'Bool' && up.right === at)
      guard = stronger(guard, up.operator === 'and' ? guardOf(up.left, scope) : otherwise(up.left, scope));
    at = up;
  }
  return guard;
}

/** In an optimizer's loop over its parameters another rule speaks. */
function isOfParameters(program: Program, region: StepRegion, visit: Visit, tensor: Expr): boolean {
  const read = {
    visit,
    expr: tensor,
    tensor,
    device: onCuda(program.valueOf(tensor)),
    scalar: true,
    assumed: false,
  };
  return isInOptimizer(program, tensor) && isParameterRead(program, region, read);
}

/** Fewer turns than this are no loop to speak of. */
const fewTurns = 4;

/** The loops of the step around a place, and around the calls by which the step comes there; the innermost first. */
function loopsAround(
  program: Program,
  region: StepRegion,
  { node, via }: Pick<Visit, 'node' | 'via'>,
): Node[] {
  const loops: Node[] = [];
  for (
    let up: Node | undefined = node;
    up !== undefined && up !== region.root;
    up = program.parents.get(up)
  ) {
    if (up.kind === 'Function') break;
    const iterables =
      up.kind === 'For' && up !== node
        ? [up.iterable]
        : up.kind === 'Comprehension'
          ? up.clauses.map((c) => c.iterable)
          : [];
    if (up.kind === 'While' || iterables.some((iterable) => turns(program, iterable) > fewTurns))
      loops.push(up);
  }
  return via === undefined
    ? loops
    : [...loops, ...loopsAround(program, region, { node: via.call, via: via.via })];
}

/** Whether a place waits by something else than a test, or may. */
function waits(program: Program, visit: Visit): boolean {
  return (
    visit.guard !== 'cadence' &&
    (readsElse(program, visit, nothing) ||
      drainsQueue(program, visit) ||
      copiesArray(program, visit) ||
      settles(program, visit) ||
      waitsBySetting(program, visit) ||
      countsGroups(program, visit))
  );
}

const nothing: ReadonlySet<Expr> = new Set();
