/** Reads of a number of each parameter of a model, by a loop or a comprehension inside a step. */

import { optimizerClass } from '../../python/knowledge/roles.ts';
import type { Comprehension, Expr, For, Node } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda } from '../../python/values.ts';
import { boundNames, visit } from '../../python/walk.ts';
import { type DeviceRead, deviceReads, testedTensor, testsOf } from './deviceReads.ts';

export interface ParameterRead {
  readonly read: DeviceRead;
  readonly loop: For | Comprehension;
}

/** The reads of each loop over parameters. Those in `seen` are left out, those found are added to it. */
export function parameterReads(
  program: Program,
  region: StepRegion,
  seen: Set<Expr>,
): readonly (readonly ParameterRead[])[] {
  const loops = new Map<For | Comprehension, ParameterRead[]>();
  for (const visited of region.visits) {
    if (visited.guard === 'cadence') continue;
    for (const read of [...deviceReads(program, visited), ...testedByOptimizer(program, visited)]) {
      // A whole gradient that is copied is no number: it goes into a plot or a check.
      if (seen.has(read.expr) || !read.scalar) continue;
      const loop = parameterLoop(program, region, read);
      if (loop === undefined) continue;
      seen.add(read.expr);
      const known = loops.get(loop);
      if (known === undefined) loops.set(loop, [{ read, loop }]);
      else known.push({ read, loop });
    }
  }
  return [...loops.values()];
}

/** `if norm > 0:` in an optimizer: the host waits to learn which way to go. */
function testedByOptimizer(program: Program, visited: Visit): DeviceRead[] {
  const { node } = visited;
  const tests = testsOf(node);
  if (tests.length === 0 || !isInOptimizer(program, node)) return [];
  return tests.flatMap((test): DeviceRead[] => {
    const tensor = testedTensor(program, test);
    if (tensor === undefined) return [];
    const device = onCuda(program.valueOf(tensor));
    return [{ visit: visited, expr: tensor, tensor, device, scalar: true, assumed: false }];
  });
}

export const isParameterRead = (program: Program, region: StepRegion, read: DeviceRead): boolean =>
  parameterLoop(program, region, read) !== undefined;

function parameterLoop(
  program: Program,
  region: StepRegion,
  { expr, tensor }: DeviceRead,
): For | Comprehension | undefined {
  const end = program.functionOf(expr);
  for (let up = program.parents.get(expr); up !== undefined; up = program.parents.get(up)) {
    if (up === region.root || up === end) return undefined;
    if (up.kind !== 'For' && up.kind !== 'Comprehension') continue;
    const clauses = up.kind === 'For' ? [up] : up.clauses;
    const read = up.kind === 'For' ? valueWithin(up, tensor) : tensor;
    for (const { target, iterable } of clauses)
      if (
        (yieldsParameters(program, iterable, read) && mentions(read, boundNames(target))) ||
        yieldsOwnParameters(program, up, iterable)
      )
        return up;
  }
  return undefined;
}

/** `norm = p.grad.norm()` in the loop, for `norm`. */
function valueWithin(loop: For, tensor: Expr): Expr {
  if (tensor.kind !== 'Name') return tensor;
  let made: Expr = tensor;
  visit(loop, (node) => {
    const names = node.kind === 'Assign' && node.end <= tensor.start ? node.targets : [];
    if (node.kind === 'Assign' && node.value !== null)
      if (names.some((target) => target.kind === 'Name' && target.id === tensor.id)) made = node.value;
    return undefined;
  });
  return made;
}

/** `model.parameters()`, whatever sifts it; a list by such a name, where gradients are asked for; a list of gradients. */
function yieldsParameters(program: Program, iterable: Expr, tensor: Expr): boolean {
  let found = false;
  visit(iterable, (node) => {
    if (node.kind === 'Call' && node.callee.kind === 'Attribute')
      found ||= /^(named_)?parameters$/.test(node.callee.name);
    return undefined;
  });
  const list = program.textOf(iterable);
  return (
    found ||
    /\bgrad(ient)?s(_|\b)/.test(list) ||
    (/param/i.test(list) && /\.grad\b/.test(program.textOf(tensor)))
  );
}

/** `for p in group["params"]` in an optimizer: whatever it reads there it reads for each parameter. */
function yieldsOwnParameters(program: Program, loop: Node, iterable: Expr): boolean {
  return isInOptimizer(program, loop) && /\bparams\b/.test(program.textOf(iterable));
}

export function isInOptimizer(program: Program, node: Node): boolean {
  const fn = program.functionOf(node);
  const owner = fn === undefined ? undefined : program.infoOf(fn)?.owner;
  return (
    owner !== undefined &&
    program.machine.classes.libraryBases(owner).some((base) => optimizerClass.test(base))
  );
}

function mentions(expr: Expr, names: readonly string[]): boolean {
  let found = false;
  visit(expr, (node) => {
    found ||= node.kind === 'Name' && names.includes(node.id);
    return undefined;
  });
  return found;
}
