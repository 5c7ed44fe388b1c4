/**
 * Methods that a class calls on itself and leaves to its heirs: `self.training_step(batch)` in the loop of a base class.
 * Where the heir stands in another file nothing else says how often it runs, and with gradients or without.
 */

import { isLeftOpen } from './classes.ts';
import { gradientsOff } from './gradMode.ts';
import type { Interpreter } from './interpreter.ts';
import type { Call } from './nodes.ts';
import type { Program } from './program.ts';
import type { HotCall } from './project/incoming.ts';
import { insideLoop } from './regions.ts';
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
  if (owner === undefined || self === undefined) return [];
  const calls: [string, Call][] = [];
  visit(node, (inner) => {
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

function hotness(program: Program, path: string, call: Call): HotCall | null {
  for (const { visits, role } of program.regions)
    for (const { node, guard, inner } of visits)
      if (node === call && guard !== 'cadence') {
        const from = { path, start: call.start, end: call.end };
        return { role, guard, inner, resultRecorded: false, afterWait: false, from };
      }
  return null;
}

/** Calls of a method by the classes of other files that its own class is made from. */
export function callsOfBases(machine: Interpreter, { owner, node }: FunctionInfo): OpenCall[] {
  if (owner === undefined || machine.linker === undefined) return [];
  const out: OpenCall[] = [];
  const look = (info: ClassInfo, depth: number): void => {
    for (const { asks } of info.summaries.values())
      for (const ask of asks) if (ask.name === node.name) out.push(ask);
    if (depth < 8) for (const base of info.bases) look(base, depth + 1);
  };
  for (const base of owner.bases) look(base, 0);
  return out;
}
