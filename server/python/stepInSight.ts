/**
 * Steps of which all is in sight, so that they surely wait for nothing but what is known of them: batches of a loader or a
 * framework's hook, a network that runs, and no tensor handed to code that nobody sees.
 */

import type { Expr, FunctionDef } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import { hasUnseenCall } from './unseenWaits.ts';

export function stepInSight(program: Program, region: StepRegion): boolean {
  const isSeen = !hasUnseenCall(program, region.visits, (network) => isHandedByNobody(program, network));
  // A function of a step in another file: whether that is in sight was found out there.
  if (region.calledFrom !== undefined) return isSeen && region.calledFrom.every(({ inSight }) => inSight);
  return isSeen && isHot(program, region) && program.work.ofBlock(region.body, false).forward;
}

/** A loop over a list or a count may go over a handful of points; its batches come from anywhere. */
function isHot(program: Program, { root, hook }: StepRegion): boolean {
  if (root.kind === 'For') return program.valueOf(root.iterable).kind === 'loader';
  return hook !== undefined;
}

/** A parameter, or what a constructor keeps of one, where nobody in sight says what it will be: a script that is being written. */
function isHandedByNobody(program: Program, network: Expr): boolean {
  const around = program.functionOf(network);
  if (around === undefined) return false;
  const taker = network.kind === 'Attribute' ? constructorOf(program, around) : around;
  if (taker === undefined || (network.kind !== 'Attribute' && network.kind !== 'Name')) return false;
  const name = network.kind === 'Attribute' ? network.name : network.id;
  if (!taker.parameters.some((parameter) => parameter.name === name) || program.escapes(taker)) return false;
  return program.callsOf(taker).length === 0 && program.incomingOf(taker).length === 0;
}

function constructorOf(program: Program, method: FunctionDef): FunctionDef | undefined {
  return program.infoOf(method)?.owner?.methods.get('__init__')?.node;
}
