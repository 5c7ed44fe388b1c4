/** Numbers that a step reads from the device only to record them: who reports them, and how. */

import { confidenceOf } from '../../engine/confidence.ts';
import type { Report } from '../../engine/rule.ts';
import { ConsumerFinder, type Sink } from '../../python/consumers.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import { calleeEffect } from '../../python/project/queue.ts';
import type { StepRegion } from '../../python/regions.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda, type Value } from '../../python/values.ts';
import { copiesArray, type DeviceRead, deviceReads, drainsQueue, givesWork, settles } from './deviceReads.ts';
import { elementRead } from './elementReads.ts';
import { isOpaque, looksLikeNetwork } from './opaqueCalls.ts';
import { isParameterRead } from './parameterReads.ts';
import { syncFix } from './syncFix.ts';

/** The reads of one step: one cause, one finding, whichever rule speaks. */
export interface RecordedStep {
  readonly region: StepRegion;
  readonly sites: readonly Site[];
  /** Whether nobody but a progress bar wants any of them. */
  readonly onlyShown: boolean;
}

interface Site {
  readonly read: DeviceRead;
  /** How many facts are only likely. */
  readonly doubts: number;
  readonly shown: boolean;
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

/** What makes a finding too unsure to be marked: taking out the reads may leave the step as long as it was. */
const otherWait = 2;

function findSites(program: Program, region: StepRegion): Site[] {
  let sites: Site[] = [];
  const seen = new Set<Expr>();
  // A function that a step of another file calls right after a wait.
  let empty = region.calledFrom?.every((hot) => hot.afterWait) === true;
  /** How many sites there were when the queue last got work. */
  let before = 0;
  /** The step waits elsewhere too, for something that is needed. */
  let waits = false;
  /** Since the queue last got work, at that many sites, something was called that may wait for all that we know. */
  let [opaque, since] = [false, 0];
  const doubted = (from: number): Site[] =>
    sites.map((s, i) => (i < from ? s : { ...s, doubts: s.doubts + otherWait }));
  for (const visit of region.visits) {
    const always = visit.guard === 'none';
    // Beside a wait that has to be, a further read costs next to nothing: after it, or before it with no work between.
    if (drainsQueue(program, visit)) {
      sites.length = before;
      return always || waits ? doubted(0) : sites;
    }
    if (visit.guard === 'cadence') continue;
    const callee = calleeEffect(program, region, visit);
    const works = givesWork(program, visit) || callee?.works === true;
    if (works) {
      empty = false;
      before = sites.length;
    }
    if (works || looksLikeNetwork(program, visit)) [opaque, since] = [false, sites.length];
    else if (isOpaque(program, visit)) {
      opaque = true;
      sites = doubted(since);
    }
    const waited = callee !== undefined && callee.endsEmpty !== 0 && always;
    if (waited || copiesArray(program, visit) || settles(program, visit)) {
      empty = true;
      if (callee?.recorded !== true) {
        sites.length = before;
        waits = true;
      }
    }
    if (callee !== undefined && callee.waits !== 0 && always) waits = true;
    for (const read of [...deviceReads(program, visit), ...shownTensors(program, visit)]) {
      if (seen.has(read.expr)) continue;
      seen.add(read.expr);
      const consumers = ConsumerFinder.of(program, region, read.expr);
      const copied = wholeCopy(program, read);
      if (consumers.needed !== undefined) {
        if (consumers.needed === 'result unused') continue;
        if (copied) sites.length = before;
        return always || waits ? doubted(0) : sites;
      }
      if (empty) continue;
      if (copied && always) {
        empty = true;
        sites.length = before;
        break;
      }
      // Whole tensors are another rule's matter, and so are reads per element.
      if (!(read.scalar || reducedAfterCopy(program, read)) || inComprehension(program, read.expr)) continue;
      if (visit.inner && read.tensor.kind === 'Subscript') continue;
      if (elementRead(program, region, read) !== undefined) continue;
      if (isParameterRead(program, region, read)) continue;
      const doubts =
        (read.device === 'yes' ? 0 : 1) +
        (visit.guard === 'flag' ? 1 : 0) +
        (read.assumed && !hasItem(read) ? 1 : 0) +
        (opaque ? otherWait : 0);
      if (read.device !== 'yes' && program.cuda === 'no') continue;
      sites.push({ read, doubts, shown: isShown(program, read.expr, consumers.sinks) });
    }
  }
  return waits ? doubted(0) : sites;
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

/** Only a progress bar shows it, through a call or as its `desc`. */
function isShown(program: Program, expr: Expr, sinks: ReadonlySet<Sink>): boolean {
  if (sinks.size !== 1) return false;
  if (sinks.has('progress')) return true;
  const statement = program.statementOf(expr);
  const target = statement?.kind === 'Assign' ? statement.targets[0] : undefined;
  return sinks.has('stored') && target?.kind === 'Attribute' && /^(desc|postfix)$/.test(target.name);
}

/** `bar.set_postfix(loss=loss)`: the bar makes a text of each tensor it is given. */
function shownTensors(program: Program, visit: Visit): DeviceRead[] {
  const { node } = visit;
  if (node.kind !== 'Call' || node.callee.kind !== 'Attribute') return [];
  if (!/^set_(postfix|description)(_str)?$/.test(node.callee.name)) return [];
  return argumentsOf(node).flatMap((arg): DeviceRead[] => {
    const v = program.valueOf(arg);
    const held = v.kind === 'dict' ? [...(v.entries?.values() ?? [])].map((item) => item.value) : [v];
    const tensor = held.find(isDeviceNumber);
    // A dict that is written out here holds its tensors as expressions of their own.
    if (tensor === undefined || arg.kind === 'Call') return [];
    return [{ visit, expr: arg, tensor: arg, device: onCuda(tensor), scalar: true, assumed: false }];
  });
}

function argumentsOf(call: Call): Expr[] {
  return [...call.args, ...call.keywords.map((k) => k.value)];
}

function isDeviceNumber(v: Value): boolean {
  return v.kind === 'tensor' && !v.assumed && v.scalar === 'yes' && onCuda(v) !== 'no';
}

function hasItem(read: DeviceRead): boolean {
  return (
    read.expr.kind === 'Call' && read.expr.callee.kind === 'Attribute' && read.expr.callee.name === 'item'
  );
}

/** A read for each element of something has another remedy: one copy of the whole. */
function inComprehension(program: Program, expr: Expr): boolean {
  for (let up = program.parents.get(expr); up !== undefined; up = program.parents.get(up)) {
    if (up.kind === 'Comprehension') return up.form !== 'dict';
    if (up.kind === 'Expr' || up.kind === 'Assign' || up.kind === 'AugAssign') return false;
  }
  return false;
}

/** One report for a step: at its first read, the others listed. The messages are `one` and `many`. */
export function readsReport(program: Program, { region, sites }: RecordedStep): Report | undefined {
  const first = sites[0];
  if (first === undefined) return undefined;
  const doubts = Math.min(...sites.map((s) => s.doubts));
  const names = [...new Set(sites.map((s) => readable(program, s.read)))];
  return {
    start: first.read.expr.start,
    end: first.read.expr.end,
    message: sites.length === 1 ? 'one' : 'many',
    data: { count: sites.length, what: listed(names) },
    confidence: confidenceOf(doubts),
    related: sites.slice(1).map((s) => ({
      start: s.read.expr.start,
      end: s.read.expr.end,
      message: `The host waits here too, for ${readable(program, s.read)}.`,
    })),
    region: region.root,
    fixes: syncFix(
      program,
      region,
      sites.map((s) => s.read),
    ),
  };
}

/** `loss` for `loss.item()`; a longer expression by its text. */
function readable(program: Program, read: DeviceRead): string {
  const text = program.textOf(read.tensor).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((n) => `"${n}"`);
  if (names.length > 3) shown.push(`${names.length - 3} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
