/** Numbers that a step reads from the device only to record them. */

import { ConsumerFinder } from '../../python/consumers.ts';
import { countsGroups } from '../../python/groupedWaits.ts';
import type { Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { calleeEffect } from '../../python/project/queue.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import {
  copiesArray,
  type DeviceRead,
  deviceReads,
  drainsQueue,
  givesWork,
  settles,
  waitsBySetting,
} from './deviceReads.ts';
import { elementRead } from './elementReads.ts';
import { isOpaque, looksLikeNetwork } from './opaqueCalls.ts';
import { isParameterRead } from './parameterReads.ts';
import { isShown, shownTensors } from './shownReads.ts';
import { type Site, SitesInQueue } from './sitesInQueue.ts';

/** The reads of one step: one cause, one finding, whichever rule speaks. */
export interface RecordedStep {
  readonly region: StepRegion;
  readonly sites: readonly Site[];
  /** Whether nobody but a progress bar wants any of them. */
  readonly onlyShown: boolean;
}

const known = new WeakMap<Program, readonly RecordedStep[]>();

/** Every step of the file that reads such numbers; a read that two steps share counts for the first. */
export function recordedSteps(program: Program): readonly RecordedStep[] {
  const before = known.get(program);
  if (before !== undefined) return before;
  const taken = new Set<Expr>();
  const steps: RecordedStep[] = [];
  for (const region of program.regions) {
    const sites = findSites(program, region).filter((s) => !taken.has(s.read.expr));
    if (sites.length === 0) continue;
    for (const s of sites) taken.add(s.read.expr);
    steps.push({ region, sites, onlyShown: sites.every((s) => s.shown) });
  }
  known.set(program, steps);
  return steps;
}

function findSites(program: Program, region: StepRegion): readonly Site[] {
  const seen = new Set<Expr>();
  // A function that a step of another file calls right after a wait.
  const sites = new SitesInQueue(region.calledFrom?.every((hot) => hot.afterWait) === true);
  for (const visit of region.visits) {
    const always = visit.guard === 'none';
    if (drainsQueue(program, visit)) {
      sites.waitsAsItMust(always);
      continue;
    }
    if (visit.guard === 'cadence') continue;
    followQueue(program, region, visit, sites);
    for (const read of [...deviceReads(program, visit), ...shownTensors(program, visit)]) {
      if (seen.has(read.expr)) continue;
      seen.add(read.expr);
      const consumers = ConsumerFinder.of(program, region, read.expr);
      if (consumers.needed === 'result unused') continue;
      const copied = wholeCopy(program, read);
      if (consumers.needed !== undefined) {
        if (copied) sites.waitsAsItMust(always);
        else sites.besideWait(always);
        continue;
      }
      if (sites.queueEmpty) continue;
      if (copied && always) {
        sites.emptied();
        break;
      }
      // Read one by one or all at once, what is collected of each element is copied to the host in every step.
      if (always && consumers.sinks.has('collect') && elementRead(program, region, read) !== undefined)
        sites.waits();
      if (isOfAnotherRule(program, region, visit, read)) continue;
      if (read.device !== 'yes' && program.cuda === 'no') continue;
      const shown = isShown(program, read.expr, consumers.sinks);
      sites.add({ read, doubts: doubtsOf(program, visit, read), shown });
    }
  }
  return sites.all();
}

/** What the visited place does to the queue, apart from the reads. */
function followQueue(program: Program, region: StepRegion, visit: Visit, sites: SitesInQueue): void {
  const always = visit.guard === 'none';
  const callee = calleeEffect(program, region, visit);
  if (givesWork(program, visit) || callee?.works === true) sites.filled();
  else if (looksLikeNetwork(program, visit)) sites.perhapsFilled();
  else if (isOpaque(program, visit)) sites.perhapsWaited();
  const waited = callee !== undefined && callee.endsEmpty !== 0 && always;
  if (waited || copiesArray(program, visit) || settles(program, visit)) {
    if (callee?.recorded === true) sites.emptiedByRecord();
    else {
      sites.emptied();
      sites.waits();
    }
  }
  if (callee !== undefined && callee.waits !== 0 && always) sites.waits();
  if (countsGroups(program, visit) || waitsBySetting(program, visit)) sites.waits();
}

/** Whole tensors, and a read for each element or parameter. */
function isOfAnotherRule(program: Program, region: StepRegion, visit: Visit, read: DeviceRead): boolean {
  return (
    !(read.scalar || reducedAfterCopy(program, read)) ||
    inComprehension(program, read.expr) ||
    (visit.inner && read.tensor.kind === 'Subscript') ||
    elementRead(program, region, read) !== undefined ||
    isParameterRead(program, region, read)
  );
}

function doubtsOf(program: Program, visit: Visit, read: DeviceRead): number {
  return (
    (read.device === 'yes' ? 0 : 1) +
    (visit.guard === 'flag' ? 1 : 0) +
    (read.assumed && !hasItem(program, read.expr) ? 1 : 0)
  );
}

/** A tensor that goes to the host as a whole: until new work comes the queue is empty, and a number more costs next to nothing. */
function wholeCopy(program: Program, read: DeviceRead): boolean {
  const { expr } = read;
  if (read.scalar || expr.kind !== 'Call' || expr.callee.kind !== 'Attribute') return false;
  return /^(cpu|tolist)$/.test(expr.callee.name) && !reducedAfterCopy(program, read);
}

/** `hits.cpu().sum()`: the host waits at the copy, for one number. */
export function reducedAfterCopy(program: Program, { expr }: Pick<DeviceRead, 'expr'>): boolean {
  for (let at = expr; ; ) {
    const up = program.parents.get(at);
    if (up?.kind !== 'Attribute' || up.object !== at) return false;
    const call = program.parents.get(up);
    if (call?.kind !== 'Call' || call.callee !== up) return false;
    const v = program.valueOf(call);
    if (v.kind === 'number' || (v.kind === 'tensor' && v.scalar === 'yes')) return true;
    at = call;
  }
}

/** `item()` at the end, such as of `loss.detach().cpu().item()`: there is one number in it. */
function hasItem(program: Program, read: Expr): boolean {
  let at = read;
  for (;;) {
    if (at.kind === 'Call' && at.callee.kind === 'Attribute' && at.callee.name === 'item') return true;
    const up = program.parents.get(at);
    const call = up?.kind === 'Attribute' && up.object === at ? program.parents.get(up) : undefined;
    if (call?.kind !== 'Call' || call.callee !== up) return false;
    at = call;
  }
}

/** A read for each element of something has another remedy: one copy of the whole. */
function inComprehension(program: Program, expr: Expr): boolean {
  for (let up = program.parents.get(expr); up !== undefined; up = program.parents.get(up)) {
    if (up.kind === 'Comprehension') return up.form !== 'dict';
    if (up.kind === 'Expr' || up.kind === 'Assign' || up.kind === 'AugAssign') return false;
  }
  return false;
}
