/** Attributes that are networks by what a class does with them: what is put into evaluation mode is one, whoever made it. */

import type { Interpreter } from './interpreter.ts';
import type { Scopes } from './scopes.ts';
import { syntaxOf } from './syntax.ts';
import type { ClassInfo } from './values.ts';

const known = new WeakMap<Scopes, ReadonlyMap<ClassInfo, ReadonlySet<string>>>();

/** Whether a class of the file, or one it is made from there, calls `self.NAME.eval()`. */
export function isNetworkAttribute(machine: Interpreter, info: ClassInfo, name: string, depth = 0): boolean {
  let networks = known.get(machine.scopes);
  if (networks === undefined) {
    networks = find(machine);
    known.set(machine.scopes, networks);
  }
  if (networks.size === 0) return false;
  return (
    networks.get(info)?.has(name) === true ||
    (depth < 8 && info.bases.some((base) => isNetworkAttribute(machine, base, name, depth + 1)))
  );
}

function find(machine: Interpreter): Map<ClassInfo, Set<string>> {
  const out = new Map<ClassInfo, Set<string>>();
  const syntax = syntaxOf(machine.module);
  for (const call of syntax.all('Call')) {
    const { callee } = call;
    if (callee.kind !== 'Attribute' || callee.name !== 'eval' || call.args.length + call.keywords.length > 0)
      continue;
    const { object } = callee;
    if (object.kind !== 'Attribute' || object.object.kind !== 'Name' || object.object.id !== 'self') continue;
    let up = syntax.parents.get(call);
    while (up !== undefined && up.kind !== 'Class') up = syntax.parents.get(up);
    const info = up?.kind === 'Class' ? machine.scopes.classOf.get(up) : undefined;
    if (info === undefined) continue;
    const names = out.get(info) ?? new Set<string>();
    names.add(object.name);
    out.set(info, names);
  }
  return out;
}
