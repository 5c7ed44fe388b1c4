/** What else a step waits for or takes long over, so that a copy of its batch without waiting saves little. */

import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda } from '../../python/values.ts';
import { copiesArray } from '../../python/waits.ts';
import { type BatchMove, isWaitedFor } from './batchMoves.ts';

export function isBesideMore(program: Program, region: StepRegion, moves: readonly BatchMove[]): boolean {
  const often = region.visits.filter((visit) => !visit.seldom);
  return (
    often.some((visit) => movesElse(program, region, visit, moves)) ||
    often.some((visit) => goesBackwardInside(program, visit)) ||
    // An evaluation that copies what comes out waits there for the batch as well.
    (region.role === 'eval' && often.some((visit) => copiesResult(program, visit)))
  );
}

/** Another copy is waited for: of what was made of the batch on the host, or by its type. */
function movesElse(
  program: Program,
  { owner }: StepRegion,
  { node, within }: Visit,
  moves: readonly BatchMove[],
): boolean {
  if (within !== owner || node.kind !== 'Call' || node.callee.kind !== 'Attribute') return false;
  const { object, name } = node.callee;
  if (!/^(to|cuda|type)$/.test(name) || moves.some(({ call }) => call === node)) return false;
  const v = program.valueOf(object);
  if ((v.kind !== 'tensor' && v.kind !== 'unknown') || onCuda(v) !== 'no') return false;
  const [type] = name === 'type' ? node.args : [];
  const byType = type !== undefined && program.valueOf(type).kind === 'unknown';
  return (byType || onCuda(program.valueOf(node)) !== 'no') && isWaitedFor(program, { call: node });
}

/** An attack, or another search that goes backward several times for each batch: beside that one copy is nothing. */
function goesBackwardInside(program: Program, { node, inner }: Visit): boolean {
  if (!inner || node.kind !== 'Call') return false;
  const byMethod = node.callee.kind === 'Attribute' && node.callee.name === 'backward';
  return byMethod || program.valueOf(node.callee).type === 'torch.autograd.grad';
}

function copiesResult(program: Program, visit: Visit): boolean {
  const { node } = visit;
  if (copiesArray(program, visit)) return true;
  if (node.kind !== 'Call') return false;
  const callee = program.valueOf(node.callee);
  // `to_np = lambda x: x.data.cpu().numpy()`
  if (callee.type === 'lambda')
    return callee.sources.some((source) => /\.cpu\(\)/.test(program.textOf(source)));
  if (node.callee.kind !== 'Attribute' || node.callee.name !== 'cpu') return false;
  const v = program.valueOf(node.callee.object);
  return (v.kind === 'tensor' || v.kind === 'unknown') && v.scalar !== 'yes' && onCuda(v) !== 'no';
}
