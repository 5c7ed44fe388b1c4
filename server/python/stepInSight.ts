/**
 * Steps of which all is in sight, so that they surely wait for nothing but what is known of them: batches of a loader or a
 * framework's hook, a network that runs, and no tensor handed to code that nobody sees.
 */

import { boundToLength } from './batchSizes.ts';
import type { Call, Expr, Node } from './nodes.ts';
import type { Program } from './program.ts';
import type { StepRegion } from './regions.ts';
import type { Visit } from './regionWalker.ts';
import { mayWaitUnseen } from './unseenWaits.ts';
import { elementOf, onCuda } from './values.ts';
import { deviceReads } from './waits.ts';
import { isForward } from './work.ts';

/** `apart`: places that are known to wait. */
export function stepInSight(program: Program, region: StepRegion, apart?: ReadonlySet<Node>): boolean {
  const visits = apart === undefined ? region.visits : region.visits.filter(({ node }) => !apart.has(node));
  const isSeen = !mayWaitUnseen(program, { ...region, visits });
  // A function of a step in another file: whether that is in sight was found out there.
  if (region.calledFrom !== undefined) return isSeen && region.calledFrom.every(({ inSight }) => inSight);
  return isSeen && isHot(program, region) && program.work.ofBlock(region.body, false).forward;
}

/** A loop over a list or a count may go over a handful of points; its batches come from anywhere. */
function isHot(program: Program, region: StepRegion): boolean {
  const { root, hook } = region;
  if (root.kind !== 'For') return hook !== undefined;
  const loader = program.valueOf(root.iterable);
  if (loader.kind !== 'loader' || loader.sources.some((made) => boundToLength(program, made))) return false;
  return reachesGpu(program, region);
}

/** Whether the batches of a loop come from a GPU or are brought to one. */
export function reachesGpu(program: Program, { root, visits }: StepRegion): boolean {
  const loader = root.kind === 'For' ? program.valueOf(root.iterable) : undefined;
  if (loader?.kind === 'loader' && (loader.type === 'managed' || onCuda(elementOf(loader)) !== 'no'))
    return true;
  return madeOnGpu(program) || visits.some((visit) => bringsToGpu(program, visit));
}

/** Batches of a loader come on the host; a network that is handed them as they are runs there too, unless it spreads them itself. */
function bringsToGpu(program: Program, { node }: Visit): boolean {
  if (node.kind !== 'Call') return false;
  const callee = program.valueOf(node.callee);
  if (isForward(program.machine, node)) return /Parallel/.test(callee.type) || spreads(program);
  const name =
    node.callee.kind === 'Attribute' ? node.callee.name : node.callee.kind === 'Name' ? node.callee.id : '';
  if (/^(to|type|copy_|half)$|cuda|device|gpu|prepare|move|(^|_)to(_|$)/i.test(name)) return true;
  const given = [...node.args, ...node.keywords.map((k) => k.value)].map((arg) => program.valueOf(arg));
  if (given.some(({ kind }) => kind === 'device')) return true;
  if (callee.kind !== 'function' && callee.kind !== 'library') return false;
  return onCuda(program.valueOf(node)) !== 'no' && given.every((v) => onCuda(v) === 'no');
}

/** A data set, or what joins its samples, that puts them on the GPU by itself. */
const madeOnGpu = (program: Program): boolean =>
  program.machine.scopes.functions.some(
    ({ node }) =>
      /^__getitem__$|collate/.test(node.name) && /\.(to|cuda)\(|device=/.test(program.textOf(node)),
  );

/** A network that is spread over several GPUs brings its batches there. */
const spreads = (program: Program): boolean => /DataParallel|data_parallel/.test(program.text);

/**
 * For the calls of a step: whether the step surely waits for nothing but that call. What a function of another file reads is
 * told there, and taking that out leaves whatever else the step reads here.
 */
export function callsInSight(program: Program, region: StepRegion): (call: Call) => boolean {
  const isSeen = stepInSight(program, region);
  if (!isSeen) return () => false;
  const readers = region.visits.filter((visit) => !visit.seldom && readsElse(program, visit, nothing));
  return (call) => readers.every(({ node }) => node === call || isSameFunction(program, node, call));
}

const nothing: ReadonlySet<Expr> = new Set();

function isSameFunction(program: Program, node: Visit['node'], call: Call): boolean {
  const { foreignCalls } = program.machine;
  return node.kind === 'Call' && foreignCalls.get(node)?.summary === foreignCalls.get(call)?.summary;
}

/** A read that is not named, if only for a record: taking out those that are leaves that wait. */
export function readsElse(program: Program, visit: Visit, named: ReadonlySet<Expr>): boolean {
  if (deviceReads(program, visit).some(({ expr }) => !named.has(expr))) return true;
  const called = visit.node.kind === 'Call' ? program.machine.foreignCalls.get(visit.node) : undefined;
  if (called === undefined) return false;
  const { reads, waits, returnsRead, endsEmpty } = called.summary;
  return reads || (waits | returnsRead | endsEmpty) !== 0;
}
