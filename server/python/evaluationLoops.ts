/**
 * Loops that run a network in evaluation mode once each turn, over whatever they go: slices of a text, requests, files, a
 * loader that nobody can see. What tells them is `eval()` of that very network before the loop, or that the network is
 * handed what it remembers of the turns before, as when token after token is made.
 */

import { speaksOfEpochs } from './epochs.ts';
import type { Interpreter } from './interpreter.ts';
import type { Expr, For, FunctionDef, Node, While } from './nodes.ts';
import { type Parents, syntaxOf } from './syntax.ts';
import { boundNames, dottedName, visit } from './walk.ts';
import { isForward, type WorkFinder } from './work.ts';

/** Loops of so few turns are no news. */
const fewTurns = 20;

export function evaluationLoops(
  machine: Interpreter,
  work: WorkFinder,
  loops: readonly (For | While)[],
  roots: ReadonlySet<Node>,
  parents: Parents,
): (For | While)[] {
  const inEvalMode = evalCalls(machine, parents);
  return loops.filter((loop) => {
    if (roots.has(loop) || short(machine, loop) || !takesTurns(loop)) return false;
    for (const other of roots) if (other.start <= loop.end && loop.start <= other.end) return false;
    const deep = work.ofBlock(loop.body, false);
    if (!deep.forward || deep.backward || deep.optimizerStep) return false;
    const owner = around(loop, parents);
    const { models, decodes } = forwards(machine, loop);
    if (decodes) return true;
    return inEvalMode.some(
      (call) =>
        models.has(call.model) &&
        (call.owner === owner
          ? call.at < loop.start
          : call.model.startsWith('self.') && call.owner?.name === '__init__'),
    );
  });
}

interface EvalCall {
  readonly model: string;
  readonly owner: FunctionDef | undefined;
  readonly at: number;
}

/** `model.eval()`, and `model = Net().cuda().eval()`. */
function evalCalls(machine: Interpreter, parents: Parents): EvalCall[] {
  const out: EvalCall[] = [];
  const add = (name: string | undefined, node: Node): void => {
    if (name !== undefined) out.push({ model: name, owner: around(node, parents), at: node.start });
  };
  for (const call of syntaxOf(machine.module).all('Call')) {
    if (call.args.length > 0 || call.callee.kind !== 'Attribute' || call.callee.name !== 'eval') continue;
    add(dottedName(call.callee.object), call);
    const up = parents.get(call);
    const target = up?.kind === 'Assign' && up.value === call ? up.targets[0] : undefined;
    if (target !== undefined) add(dottedName(target), call);
  }
  return out;
}

/** The networks that a turn runs by itself, without what stands in loops inside. */
function forwards(machine: Interpreter, loop: For | While): { models: Set<string>; decodes: boolean } {
  const models = new Set<string>();
  let decodes = false;
  for (const statement of loop.body.body)
    visit(statement, (node) => {
      if (node.kind === 'For' || node.kind === 'While' || node.kind === 'Function' || node.kind === 'Lambda')
        return false;
      if (node.kind === 'Call' && isForward(machine, node)) {
        const name = dottedName(modelOf(node.callee));
        if (name !== undefined) models.add(name);
        decodes ||= node.keywords.some((k) => k.name === 'past_key_values');
      }
      return undefined;
    });
  return { models, decodes };
}

function modelOf(callee: Expr): Expr {
  return callee.kind === 'Attribute' && callee.name === 'forward' ? callee.object : callee;
}

/** Over epochs, or a few turns by its text. */
function short(machine: Interpreter, loop: For | While): boolean {
  const head = loop.kind === 'For' ? loop.iterable : loop.test;
  const text = machine.module.text.slice(loop.start, head.end);
  if (speaksOfEpochs(text) || /warm_?up|trial|repeat/i.test(text)) return true;
  if (loop.kind === 'While') return false;
  if (/^(Tuple|List|Set|Dict)$/.test(loop.iterable.kind)) return true;
  const turns = /\brange\((?:0,\s*)?(\d+)\)$/.exec(text)?.[1];
  return turns !== undefined && Number(turns) <= fewTurns;
}

/** Whether a turn does something with what the loop goes over; one that only counts measures the same pass again. */
function takesTurns(loop: For | While): boolean {
  if (loop.kind === 'While') return true;
  const names = boundNames(loop.target);
  let found = false;
  for (const statement of loop.body.body)
    visit(statement, (node) => {
      if (node.kind !== 'Call' && node.kind !== 'Subscript' && node.kind !== 'Assign') return undefined;
      const parts = node.kind === 'Call' ? [...node.args, ...node.keywords.map((k) => k.value)] : [node];
      for (const part of parts)
        visit(part, (inner) => {
          found ||= inner.kind === 'Name' && names.includes(inner.id);
          return undefined;
        });
      return undefined;
    });
  return found;
}

function around(node: Node, parents: Parents): FunctionDef | undefined {
  for (let up = parents.get(node); up !== undefined; up = parents.get(up))
    if (up.kind === 'Function') return up;
  return undefined;
}
