/** Work on groups of rows whose number nobody says: the host reads the largest index from the device first. */

import { resolveArgument } from './arguments.ts';
import { type GroupedFunction, groupedFunctions } from './knowledge/grouped.ts';
import type { Call, Expr, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { Visit } from './regionWalker.ts';
import { Device } from './values.ts';
import { visit as walk } from './walk.ts';

/** Which of several such functions runs is often a setting, and all of them wait. */
export function countsGroups(program: Program, { node, guard }: Visit): boolean {
  if (guard === 'cadence' || node.kind !== 'Call') return false;
  return functionsOf(program, node).some((fn) => asksDevice(program, node, fn));
}

function asksDevice(program: Program, call: Call, { index, size }: GroupedFunction): boolean {
  const told = resolveArgument(program, call, size.name, size.position);
  if (told.state === 'unknown' || (told.state === 'set' && told.value.kind !== 'none')) return false;
  const groups = resolveArgument(program, call, index.name, index.position);
  if (groups.state !== 'set' || groups.value.kind === 'none') return false;
  return groups.value.device !== Device.cpu;
}

/** What a call may call of them; an attribute may have been given another one by each branch of the constructor. */
function functionsOf(program: Program, { callee }: Call): readonly GroupedFunction[] {
  const named = known(program, callee);
  if (named.length > 0 || callee.kind !== 'Attribute') return named;
  const info = program.valueOf(callee.object).classInfo;
  return info === undefined ? [] : assignedTo(info.node, callee).flatMap((given) => known(program, given));
}

function known(program: Program, expr: Expr): readonly GroupedFunction[] {
  const { kind, type } = program.valueOf(expr);
  if (kind !== 'library' && kind !== 'module') return [];
  return groupedFunctions.filter((fn) => fn.callee.test(type));
}

const attributesOf = new WeakMap<Node, ReadonlyMap<string, readonly Expr[]>>();
const nothingGiven: readonly Expr[] = [];

/** What the methods of a class assign to `self.pool`. */
function assignedTo(classNode: Node, { name }: Extract<Expr, { kind: 'Attribute' }>): readonly Expr[] {
  let table = attributesOf.get(classNode);
  if (table === undefined) {
    table = attributesIn(classNode);
    attributesOf.set(classNode, table);
  }
  return table.get(name) ?? nothingGiven;
}

/** By the attribute's name. */
function attributesIn(classNode: Node): Map<string, Expr[]> {
  const table = new Map<string, Expr[]>();
  walk(classNode, (node) => {
    if (node.kind !== 'Assign' || node.value === null) return undefined;
    for (const target of node.targets) {
      if (target.kind !== 'Attribute' || target.object.kind !== 'Name' || target.object.id !== 'self')
        continue;
      const known = table.get(target.name);
      if (known === undefined) table.set(target.name, [node.value]);
      else known.push(node.value);
    }
    return undefined;
  });
  return table;
}
