/**
 * Steps of which all is in sight, so that they surely wait for nothing but what is known of them: batches of a loader or a
 * framework's hook, a network that runs, and no tensor handed to code that nobody sees.
 */

import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import { mayWaitUnseen } from './unseenWaits.ts';

export function stepInSight(program: Program, region: StepRegion): boolean {
  const isSeen = !mayWaitUnseen(program, region.visits);
  // A function of a step in another file: whether that is in sight was found out there.
  if (region.calledFrom !== undefined) return isSeen && region.calledFrom.every(({ inSight }) => inSight);
  return isSeen && isHot(program, region) && program.work.ofBlock(region.body, false).forward;
}

/** A loop over a list or a count may go over a handful of points; its batches come from anywhere. */
function isHot(program: Program, { root, hook }: StepRegion): boolean {
  if (root.kind === 'For') return program.valueOf(root.iterable).kind === 'loader';
  return hook !== undefined;
}
