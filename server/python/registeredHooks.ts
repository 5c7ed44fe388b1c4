/** Functions that a program hands to torch, to be called in each pass through a network or in each update. */

import type { Interpreter } from './interpreter.ts';
import { hookRegistrations, looksOnce, type StepRole } from './knowledge/roles.ts';
import type { FunctionDef, Node } from './nodes.ts';
import { type Parents, syntaxOf } from './syntax.ts';
import type { FunctionInfo } from './values.ts';
import { visit } from './walk.ts';

export function registeredHooks(machine: Interpreter, parents: Parents): Map<FunctionInfo, StepRole> {
  const out = new Map<FunctionInfo, StepRole>();
  for (const call of syntaxOf(machine.module).all('Call')) {
    const { callee } = call;
    if (callee.kind !== 'Attribute' || !callee.name.startsWith('register_')) continue;
    const found = hookRegistrations.find(({ method }) => method.test(callee.name));
    const given = found === undefined ? undefined : call.args[found.argument];
    const passed = given === undefined ? undefined : machine.values.get(given);
    if (found === undefined || passed === undefined || isForOnePass(call, parents)) continue;
    for (const info of machine.withinPartial(passed).value.functions) out.set(info, found.role);
  }
  return out;
}

/** Taken away again by the function that puts it there, or by its name one that looks at a network. */
function isForOnePass(call: Node, parents: Parents): boolean {
  const around: FunctionDef[] = [];
  for (let up = parents.get(call); up !== undefined; up = parents.get(up))
    if (up.kind === 'Function') around.push(up);
  return around.some((fn) => looksOnce.test(fn.name) || removes(fn));
}

function removes(fn: FunctionDef): boolean {
  let found = false;
  visit(fn, (node) => {
    found ||= node.kind === 'Call' && node.callee.kind === 'Attribute' && node.callee.name === 'remove';
    return undefined;
  });
  return found;
}
