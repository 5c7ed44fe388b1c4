/**
 * Methods that a class calls on itself and leaves to its heirs: `self.training_step(batch)` in the loop of a base class.
 * Where the heir stands in another file nothing else says how often it runs, and with gradients or without.
 */

import { isLeftOpen } from './classes.ts';
import { gradientsOff } from './gradMode.ts';
import type { Interpreter } from './interpreter.ts';
import type { Call, FunctionDef } from './nodes.ts';
import type { Program } from './program.ts';
import type { HotCall } from './project/incoming.ts';
import { insideLoop } from './regions.ts';
import { callsInSight } from './stepInSight.ts';
import type { ClassInfo, FunctionInfo, Tri } from './values.ts';
import { visit } from './walk.ts';

export interface OpenCall {
  /** Of the method. */
  readonly name: string;
  readonly gradientsOff: Tri;
  readonly repeated: boolean;
  readonly hot: HotCall | null;
}

/** What a method calls on its own object that its class does not have, or has only in name. */
export function openCalls(program: Program, path: string, info: FunctionInfo): OpenCall[] {
  const { owner, node } = info;
  const self = node.parameters[0]?.name;
  if (owner === undefined || self === undefined || takesNoObject(node)) return [];
  const calls: [string, Call][] = [];
  visit(node, (inner) => {
    // A function inside with a `self` of its own, of another class.
    if (inner !== node && inner.kind === 'Function' && inner.parameters.some((p) => p.name === self))
      return false;
    if (inner.kind !== 'Call' || inner.callee.kind !== 'Attribute') return undefined;
    const { object, name } = inner.callee;
    if (object.kind !== 'Name' || object.id !== self) return undefined;
    const { classes } = program.machine;
    const own = classes.method(owner, name);
    const known = own === undefined ? classes.attribute(owner, name) !== undefined : !isLeftOpen(own.node);
    if (!known) calls.push([name, inner]);
    return undefined;
  });
  return calls.map(([name, call]) => ({
    name,
    gradientsOff: gradientsOff(program, call),
    repeated: insideLoop(program.machine, call, program.parents),
    hot: hotness(program, path, call),
  }));
}

/** The first parameter of a static method is any thing, that of a class method the class. */
function takesNoObject(node: FunctionDef): boolean {
  return node.decorators.some((d) => d.kind === 'Name' && /^(static|class)method$/.test(d.id));
}

function hotness(program: Program, path: string, call: Call): HotCall | null {
  for (const region of program.regions)
    for (const { node, guard, inner } of region.visits)
      if (node === call && guard !== 'cadence') {
        const from = { path, start: call.start, end: call.end };
        const inSight = callsInSight(program, region)(call);
        return { role: region.role, guard, inner, resultRecorded: false, afterWait: false, inSight, from };
      }
  return null;
}

/**
 * Calls of a method by the classes of other files that its own class is made from: in their methods that no nearer class
 * has put another in the place of.
 */
export function callsOfBases(machine: Interpreter, { owner, node }: FunctionInfo): OpenCall[] {
  if (owner === undefined || machine.linker === undefined) return [];
  const out: OpenCall[] = [];
  const nearer: ClassInfo[] = [];
  const look = (info: ClassInfo, depth: number): void => {
    for (const [name, { asks }] of info.summaries) {
      const calls = asks.filter((ask) => ask.name === node.name);
      if (calls.length > 0 && !nearer.some((other) => replaces(other, name))) out.push(...calls);
    }
    nearer.push(info);
    if (depth < 8) for (const base of info.bases) look(base, depth + 1);
  };
  look(owner, 0);
  return out;
}

function replaces(info: ClassInfo, name: string): boolean {
  const own = info.methods.get(name);
  return info.summaries.has(name) || (own !== undefined && !callsReplaced(own.node));
}

/** `super().fit(data)` in `fit`: what it takes the place of runs all the same. */
function callsReplaced(method: FunctionDef): boolean {
  let found = false;
  visit(method, (inner) => {
    if (inner.kind !== 'Call' || inner.callee.kind !== 'Attribute') return undefined;
    const { object, name } = inner.callee;
    found ||= name === method.name && !(object.kind === 'Name' && object.id === method.parameters[0]?.name);
    return undefined;
  });
  return found;
}
