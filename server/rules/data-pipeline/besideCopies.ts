/** What else a step waits for or takes long over, so that a copy of its batch without waiting saves little. */

import type { Program } from '../../python/program.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda, type Value } from '../../python/values.ts';
import { copiesArray } from '../../python/waits.ts';
import { type BatchMove, isWaitedFor } from './batchMoves.ts';

export function isBesideMore(program: Program, region: StepRegion, moves: readonly BatchMove[]): boolean {
  const often = region.visits.filter((visit) => !visit.seldom);
  return (
    often.some((visit) => movesElse(program, region, visit, moves)) ||
    often.some((visit) => goesBackwardInside(program, visit)) ||
    program.regions.some((other) => other !== region && trainsInside(region, other)) ||
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
  const byType = type !== undefined && mayBeGpuType(program.valueOf(type));
  return (byType || onCuda(program.valueOf(node)) !== 'no') && isWaitedFor(program, { call: node });
}

/** `args.type`, `'torch.cuda.FloatTensor'` */
const mayBeGpuType = ({ kind, constant, type }: Value): boolean =>
  kind === 'unknown' || /cuda/.test(typeof constant === 'string' ? constant : type);

/** An attack, or another search that goes backward several times for each batch: beside that one copy is nothing. */
function goesBackwardInside(program: Program, { node, inner }: Visit): boolean {
  if (!inner || node.kind !== 'Call') return false;
  const byMethod = node.callee.kind === 'Attribute' && node.callee.name === 'backward';
  return byMethod || program.valueOf(node.callee).type === 'torch.autograd.grad';
}

/** A loop within the step, or in a function that it calls, that is a step of its own. */
function trainsInside({ root, functions }: StepRegion, other: StepRegion): boolean {
  if (other.role !== 'train' || other.root.kind === 'Function') return false;
  const within = other.root.start > root.start && other.root.end <= root.end;
  return within || [...functions].some(({ node }) => node === other.owner);
}

function copiesResult(program: Program, visit: Visit): boolean {
  const { node } = visit;
  if (copiesArray(program, visit)) return true;
  if (node.kind !== 'Call') return false;
  const callee = program.valueOf(node.callee);
  // `to_np = lambda x: x.data.cpu().numpy()`
  if (callee.type === 'lambda')
    return callee.sources.some((source) => /\.cpu\(\)|\.to\(["']cpu/.test(program.textOf(source)));
  if (node.callee.kind !== 'Attribute' || node.callee.name !== 'cpu') return false;
  const v = program.valueOf(node.callee.object);
  return (v.kind === 'tensor' || v.kind === 'unknown') && v.scalar !== 'yes' && onCuda(v) !== 'no';
}
