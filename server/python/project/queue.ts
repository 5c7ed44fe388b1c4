/**
 * When the device's queue is empty for certain within a step or a function: after a wait that something needs, until new
 * work is given. A further wait there costs next to nothing.
 */

import { ConsumerFinder } from '../consumers.ts';
import { countsGroups } from '../groupedWaits.ts';
import type { Call } from '../nodes.ts';
import type { Program } from '../program.ts';
import type { StepRegion } from '../regions.ts';
import type { Visit } from '../regionWalker.ts';
import { Device } from '../values.ts';
import { copiesArray, deviceReads, drainsQueue, givesWork, meets, settles } from '../waits.ts';

export interface QueueFacts {
  /** Devices on which the host waits for something that is needed at once. */
  readonly waits: number;
  /** Devices on which it reads what the function returns. */
  readonly returnsRead: number;
  /** Devices whose queue is empty at the end. */
  readonly endsEmpty: number;
  /** Calls of other files' functions that come after a needed wait, so that one more is cheap. */
  readonly afterWait: ReadonlySet<Call>;
}

/** What a call of a function of another file does to the queue, seen from the caller's devices. */
export interface CalleeEffect {
  readonly works: boolean;
  readonly waits: number;
  readonly endsEmpty: number;
  /** What it gives is only recorded: its wait can go with the record. */
  readonly recorded: boolean;
}

export function calleeEffect(
  program: Program,
  region: StepRegion,
  { node }: Visit,
): CalleeEffect | undefined {
  const call = node.kind === 'Call' ? program.machine.foreignCalls.get(node) : undefined;
  if (call === undefined || node.kind !== 'Call') return undefined;
  const { work, waits, endsEmpty } = call.summary;
  const here = (bits: number): number =>
    ((bits & ~Device.given) | ((bits & Device.given) !== 0 ? call.given : 0)) & queued;
  const works = work.forward || work.backward || work.optimizerStep;
  const recorded = (waits | endsEmpty) !== 0 && ConsumerFinder.of(program, region, node).needed === undefined;
  return { works, waits: recorded ? 0 : here(waits), endsEmpty: here(endsEmpty), recorded };
}

/** Devices that have a queue of their own. */
const queued = Device.cuda | Device.some | Device.given;

export function queueFacts(program: Program, region: StepRegion): QueueFacts {
  let [waits, returnsRead, empty] = [0, 0, 0];
  let waited = false;
  const afterWait = new Set<Call>();
  const wait = (bits: number): void => {
    waits |= bits;
    empty |= bits;
    if (bits !== 0) waited = true;
  };
  for (const visit of region.visits) {
    const effect = calleeEffect(program, region, visit);
    if (effect !== undefined && visit.node.kind === 'Call') {
      if (waited || empty !== 0) afterWait.add(visit.node);
    }
    // What may give work may fill the queue; only what runs each time empties it for certain.
    if (givesWork(program, visit) || effect?.works === true) empty = 0;
    if (countsGroups(program, visit)) waits |= Device.given;
    if (visit.guard !== 'none') continue;
    if (effect !== undefined) {
      waits |= effect.waits;
      empty |= effect.endsEmpty;
    }
    if (drainsQueue(program, visit)) wait(visit.node.kind === 'Call' ? Device.cuda : Device.given);
    else if (meets(program, visit)) empty |= Device.cuda;
    else if (copiesArray(program, visit) || settles(program, visit)) empty |= Device.given;
    for (const read of deviceReads(program, visit)) {
      const bits = program.valueOf(read.tensor).device & queued;
      const consumers = ConsumerFinder.of(program, region, read.expr);
      if (consumers.needed !== undefined && consumers.needed !== 'result unused') wait(bits);
      else if (consumers.sinks.has('returned')) returnsRead |= bits;
    }
  }
  return { waits, returnsRead, endsEmpty: empty, afterWait };
}
