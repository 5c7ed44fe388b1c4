/** Where the code of a region reads a name or an attribute on every step. */

import { guardAround } from './guardAround.ts';
import { namesWithin } from './namesWithin.ts';
import type { Expr, FunctionDef, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import { dottedName, visit } from './walk.ts';

type Name = Extract<Expr, { kind: 'Name' }>;
type Attribute = Extract<Expr, { kind: 'Attribute' }>;

/** Reads of a name of `fn`, or of the module, inside the region: of another function than the region's, all of them. */
export function* nameReads(
  program: Program,
  region: StepRegion,
  id: string,
  fn: FunctionDef | undefined,
): Generator<Name> {
  const scope: readonly Node[] = fn === undefined ? program.module.body.body : [fn];
  const { root } = region;
  const whole = fn !== undefined && fn !== region.owner;
  for (const s of scope)
    for (const node of namesWithin(s, id)) {
      if (isTarget(program, node) || isParameterBelow(program, node, fn)) continue;
      const inside = whole || (node.start >= root.start && node.end <= root.end);
      if (inside && guardAround(program, region, node) !== 'cadence') yield node;
    }
}

/** Reads of `self.x` in the functions of the region, by its full path. */
export function attributeReads(program: Program, region: StepRegion, target: Attribute): Attribute[] {
  const path = dottedName(target);
  if (path === undefined) return [];
  const found: Attribute[] = [];
  const look = (node: Node): boolean | undefined => {
    if (node.kind !== 'Attribute' || dottedName(node) !== path || isTarget(program, node)) return undefined;
    if (guardAround(program, region, node) !== 'cadence') found.push(node);
    return false;
  };
  for (const root of [region.root, ...[...region.functions].map((f) => f.node)]) visit(root, look);
  return found;
}

/** Lexically in the root loop, or in a function that the region calls. */
export function inRegion(program: Program, region: StepRegion, node: Node): boolean {
  const { root } = region;
  if (node.start >= root.start && node.end <= root.end) return true;
  const fn = program.functionOf(node);
  const info = fn === undefined ? undefined : program.infoOf(fn);
  return info !== undefined && region.functions.has(info);
}

/** Whether a function inside `fn` has a parameter of that name. */
function isParameterBelow({ parents }: Program, name: Name, fn: FunctionDef | undefined): boolean {
  for (let at = parents.get(name); at !== undefined && at !== fn; at = parents.get(at))
    if (at.kind === 'Function' && at.parameters.some((p) => p.name === name.id)) return true;
  return false;
}

function isTarget(program: Program, node: Node): boolean {
  const parent = program.parents.get(node);
  if (parent === undefined) return false;
  if (parent.kind === 'Assign') return parent.targets.includes(node as Expr);
  if (parent.kind === 'AugAssign') return parent.target === node;
  if (parent.kind === 'For') return parent.target === node;
  if (parent.kind === 'Tuple') return isTarget(program, parent);
  // `metrics["loss"] = x` writes to the mapping.
  if (parent.kind === 'Subscript') return parent.object === node && isTarget(program, parent);
  if (parent.kind !== 'Attribute') return false;
  // `losses.append(x)`: the list itself is written, not read.
  const call = program.parents.get(parent);
  return call?.kind === 'Call' && call.callee === parent && /^(append|extend|update|add)$/.test(parent.name);
}
