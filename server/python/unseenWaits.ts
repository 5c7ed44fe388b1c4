/**
 * Calls that may make the host wait because nobody sees what they do: networks, losses and helpers whose code is neither in the
 * project nor of a library that is known to queue its work and not to look at it. Unlike a doubt about one call
 * beside a read, this is asked of a whole step: one such call is enough for not knowing what the step costs.
 */

import { groupedFunctions } from './knowledge/grouped.ts';
import { isTensorMethod } from './knowledge/tensors.ts';
import { quietLibrary, quietNetwork, quietObjectMethod } from './knowledge/waiting.ts';
import type { Call, Expr } from './nodes.ts';
import type { Program } from './program.ts';
import type { Visit } from './regionWalker.ts';
import { onCuda, type Value } from './values.ts';

/** `trusted`: networks that are taken for ordinary ones, although nothing is known of them. */
export function hasUnseenCall(
  program: Program,
  visits: readonly Visit[],
  trusted: (network: Expr) => boolean = () => false,
): boolean {
  return visits.some(
    ({ node, guard }) => node.kind === 'Call' && guard !== 'cadence' && isUnseen(program, node, trusted),
  );
}

function isUnseen(program: Program, call: Call, trusted: (network: Expr) => boolean): boolean {
  const { targets, foreignCalls } = program.machine;
  if ((targets.get(call) ?? []).length > 0) return false;
  const foreign = foreignCalls.get(call);
  if (foreign !== undefined) return foreign.summary.mayWait;
  const called = program.valueOf(call.callee);
  if (called.kind === 'class') return false;
  if (called.kind === 'module')
    return !isQuietNetwork(called) && !isGrouped(called) && !(called.type === '' && trusted(call.callee));
  return !isQuiet(program, call, called) && takesTensor(program, call);
}

/** What is declared to be a network is taken for an ordinary one; what only its name or its use speaks for is not. */
function isQuietNetwork({ type, classInfo, assumed }: Value): boolean {
  if (classInfo !== undefined) return false;
  return type === '' ? !assumed : quietNetwork(type);
}

function isQuiet(program: Program, { callee }: Call, called: Value): boolean {
  if (called.kind === 'library') return quietLibrary.test(called.type) || isGrouped(called);
  if (callee.kind !== 'Attribute') return false;
  if (isTensorMethod(callee.name) || quietObjectMethod.test(callee.name)) return true;
  const object = program.valueOf(callee.object);
  if (object.type !== '') return quietLibrary.test(object.type);
  return /^(tensor|optimizer|dict|sequence|string|number|array|loader|dataset|device|dtype)$/.test(
    object.kind,
  );
}

/** Whether these wait is known of each call by itself. */
function isGrouped({ type }: Value): boolean {
  return groupedFunctions.some(({ callee }) => callee.test(type));
}

/** Numbers and texts wait for nothing. */
function takesTensor(program: Program, { args, keywords }: Call): boolean {
  return [...args, ...keywords.map((k) => k.value)].some((arg) => {
    const v = program.valueOf(arg);
    return v.kind === 'unknown' || (v.kind === 'tensor' && onCuda(v) !== 'no');
  });
}
