/** Loops that only infer, without a loader: decoding token by token, denoising step by step, batches cut out of one tensor. */

import { speaksOfEpochs } from './epochs.ts';
import { fewTurns } from './fewTurns.ts';
import type { Interpreter } from './interpreter.ts';
import type { Expr, For, FunctionDef, Node, While } from './nodes.ts';
import type { Parents } from './syntax.ts';
import { boundNames, dottedName, visit, visitOwn } from './walk.ts';
import { isForward, type WorkFinder } from './work.ts';

const off = /(^|\.)(no_grad|inference_mode)$/;
/** What a `for` of such a loop goes over: numbers or a schedule, never layers. */
const schedule = /\brange\(|time_?steps|schedule|sigmas/i;
/** Only where the code itself switches gradients off around it: nothing that trains looks like that. */
export function isInferenceLoop(
  machine: Interpreter,
  work: WorkFinder,
  loop: For | While,
  parents: Parents,
): boolean {
  if (!(loop.kind === 'For' ? goesOverSchedule(machine, loop) : !isEpoch(machine, loop.test))) return false;
  if (!work.ofBlock(loop.body, true).forward) return false;
  const all = work.ofBlock(loop.body, false);
  return !all.backward && !all.optimizerStep && gradientsOffAround(loop, parents);
}

function isEpoch(machine: Interpreter, part: Expr): boolean {
  return speaksOfEpochs(machine.module.text.slice(part.start, part.end));
}

function goesOverSchedule(machine: Interpreter, loop: For): boolean {
  const iterable = machine.module.text.slice(loop.iterable.start, loop.iterable.end);
  if (!schedule.test(iterable) || isEpoch(machine, loop.iterable) || isEpoch(machine, loop.target))
    return false;
  const turns = /\brange\(\s*(?:0\s*,\s*)?(\d+)\s*\)/.exec(iterable);
  if (turns !== null && Number(turns[1]) <= fewTurns) return false;
  return !picksLayers(machine, loop);
}

/** `x = self.layers[i](x)`: a turn is a layer, not a pass through the model. */
function picksLayers(machine: Interpreter, loop: For): boolean {
  const counters = boundNames(loop.target);
  let found = false;
  for (const statement of loop.body.body)
    visit(statement, (node) => {
      if (node.kind !== 'Call' || !isForward(machine, node) || node.callee.kind !== 'Subscript')
        return undefined;
      if (node.callee.indices.some((i) => i.kind === 'Name' && counters.includes(i.id))) found = true;
      return undefined;
    });
  return found;
}

/** By what stands around a node in its function. */
export function gradientsOffAround(loop: Node, parents: Parents): boolean {
  for (let up = parents.get(loop); up !== undefined; up = parents.get(up)) {
    if (up.kind === 'With' && up.items.some((item) => switchesOff(item.context))) return true;
    if (up.kind === 'Function') return up.decorators.some(switchesOff);
  }
  return false;
}

/** Whether a function sees to its gradients itself. */
export function switchesGradientsOff(fn: FunctionDef): boolean {
  let found = fn.decorators.some(switchesOff);
  for (const statement of fn.body.body)
    visitOwn(statement, (node) => {
      found ||= node.kind === 'With' && node.items.some((item) => switchesOff(item.context));
      return undefined;
    });
  return found;
}

function switchesOff(expr: Expr): boolean {
  return off.test(dottedName(expr.kind === 'Call' ? expr.callee : expr) ?? '');
}
