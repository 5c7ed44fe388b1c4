/** Which framework, if any, calls a method by itself, and how. */

import type { Interpreter } from './interpreter.ts';
import {
  answers,
  batchFunction,
  batchFunctions,
  type Hook,
  type HookedClass,
  hookedClasses,
  registering,
  router,
} from './knowledge/hooks.ts';
import type { Expr } from './nodes.ts';
import { syntaxOf } from './syntax.ts';
import type { FunctionInfo } from './values.ts';

export interface FoundHook {
  readonly hook: Hook;
  readonly of: HookedClass;
}

/** The framework's call of a method; undefined for all that only the program itself calls. */
export function hookOf(machine: Interpreter, info: FunctionInfo): FoundHook | undefined {
  if (info.owner === undefined)
    return info.node.decorators.some((d) => isRoute(machine, d)) ? route : undefined;
  for (const of of machine.classes.hooked(info.owner)) {
    const hook = of.hooks.find((h) => h.names.test(info.node.name));
    if (hook !== undefined) return { hook, of };
  }
  return undefined;
}

/** Functions that are handed to a framework to be called for each batch. */
export function handedOver(machine: Interpreter): Map<FunctionInfo, FoundHook> {
  const out = new Map<FunctionInfo, FoundHook>();
  for (const call of syntaxOf(machine.module).all('Call')) {
    const [first] = call.args;
    const callee = machine.values.get(call.callee);
    if (first === undefined || callee?.kind !== 'library' || machine.values.get(call) === undefined) continue;
    const found = batchFunctions.find(({ call: pattern }) => pattern.test(callee.type));
    if (found === undefined) continue;
    const passed = machine.values.get(first);
    const { functions } = passed === undefined ? { functions: [] } : machine.withinPartial(passed).value;
    for (const info of functions) out.set(info, { hook: batchFunction, of: found.of });
  }
  return out;
}

const route: FoundHook = {
  hook: answers,
  of: { framework: 'serving', called: 'the server', bases: /^(?!)/, hooks: [answers] },
};

/** `@app.post("/predict")` of a web framework. */
export function isRoute(machine: Interpreter, decorator: Expr): boolean {
  const callee = decorator.kind === 'Call' ? decorator.callee : undefined;
  if (callee?.kind !== 'Attribute' || !registering.test(callee.name)) return false;
  const object = machine.recall(callee.object);
  return object?.kind === 'object' && router.test(object.type);
}

/** Tables of the frameworks whose classes these are. */
export function hookedBy(bases: readonly string[], text: string): readonly HookedClass[] {
  if (bases.length === 0) return [];
  return hookedClasses.filter(
    (of) => bases.some((base) => of.bases.test(base)) && (of.beside === undefined || of.beside.test(text)),
  );
}
