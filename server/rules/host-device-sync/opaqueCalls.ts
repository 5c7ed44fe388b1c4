/** Calls of a step that are handed tensors of the device and whose code is not at hand: they may wait. */

import { isTensorMethod } from '../../python/knowledge/tensors.ts';
import { isNetworkName, isQuietName, networkMethod, quietLibrary } from '../../python/knowledge/waiting.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda } from '../../python/values.ts';

/** A metric of another library, a helper that was not found: whoever computes with tensors may look at them. */
export function isOpaque(program: Program, { node, guard, within }: Visit): boolean {
  if (guard !== 'none' || node.kind !== 'Call' || within?.name === 'forward') return false;
  if (isFollowed(program, node) || isKnownQuiet(program, node)) return false;
  return [...node.args, ...node.keywords.map((k) => k.value)].some((arg) => isOnDevice(program, arg));
}

/** By its name a network that runs, of which nothing else is known. */
export function looksLikeNetwork(program: Program, { node }: Visit): boolean {
  return node.kind === 'Call' && !isFollowed(program, node) && runsNetwork(node.callee);
}

function runsNetwork(callee: Expr): boolean {
  if (callee.kind !== 'Attribute') return isNetworkName(lastName(callee));
  if (networkMethod.test(callee.name)) return isNetworkName(lastName(callee.object));
  return isNetworkName(callee.name) && !isTensorMethod(callee.name);
}

function isFollowed(program: Program, call: Call): boolean {
  return (program.machine.targets.get(call) ?? []).length > 0 || program.machine.foreignCalls.has(call);
}

function isKnownQuiet(program: Program, call: Call): boolean {
  const { callee } = call;
  const called = program.valueOf(callee);
  if (quietLibrary.test(called.type)) return true;
  if (called.type === '' && (called.kind === 'module' || called.kind === 'class')) return true;
  if (isQuietName(lastName(callee)) || runsNetwork(callee)) return true;
  if (callee.kind !== 'Attribute') return false;
  if (isTensorMethod(callee.name)) return true;
  const object = program.valueOf(callee.object);
  if (object.type !== '') return quietLibrary.test(object.type);
  return /^(tensor|module|optimizer|dict|sequence|string)$/.test(object.kind);
}

/** `loss_fn` of `self.losses[0].loss_fn`. */
function lastName(expr: Expr): string {
  if (expr.kind === 'Name') return expr.id;
  if (expr.kind === 'Subscript') return lastName(expr.object);
  return expr.kind === 'Attribute' ? expr.name : '';
}

/** More than a number: what is handed one number records it. */
function isOnDevice(program: Program, arg: Expr): boolean {
  const v = program.valueOf(arg);
  return v.kind === 'tensor' && v.scalar !== 'yes' && onCuda(v) !== 'no';
}
