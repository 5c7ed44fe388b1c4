/**
 * The truth of a run: what its devices drew, and when they stood idle for which reason. Computed from what the
 * process itself said it was doing, so that tests can hold a diagnosis against it. Nothing that diagnoses a run
 * may read it. Definitions: docs/simulated-gpu.md.
 */

import type { HostLine } from './submissions.ts';
import type { Span, WorkQueue } from './workQueue.ts';

export interface TrueWaste {
  readonly inputWait: readonly Span[];
  readonly hostSync: readonly Span[];
  /** The queue was empty for neither reason: start-up, tail, a host that was busy without having waited. */
  readonly otherIdle: readonly Span[];
}

/** A wait is written by the host's clock: it ends a moment after the queue ran empty. */
const clockSlackMs = 1;

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last !== undefined && span.fromMs <= last.toMs)
      result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    else result.push(span);
  }
  return result.filter(({ fromMs, toMs }) => toMs > fromMs);
}

/** Cuts a stretch into the parts inside and outside of sorted, disjoint spans; none before `first` reaches it. */
function cut(stretch: Span, spans: readonly Span[], first: number): { inside: Span[]; outside: Span[] } {
  const inside: Span[] = [];
  const outside: Span[] = [];
  let reached = stretch.fromMs;
  for (let index = first; index < spans.length; index++) {
    const span = spans[index];
    if (span === undefined || span.fromMs >= stretch.toMs) break;
    if (span.toMs <= reached) continue;
    const fromMs = Math.max(reached, span.fromMs);
    const toMs = Math.min(stretch.toMs, span.toMs);
    if (fromMs > reached) outside.push({ fromMs: reached, toMs: fromMs });
    inside.push({ fromMs, toMs });
    reached = toMs;
  }
  if (reached < stretch.toMs) outside.push({ fromMs: reached, toMs: stretch.toMs });
  return { inside, outside };
}

/** Why one device stood idle while a process held it. */
export function trueWasteOf(
  queue: WorkQueue,
  device: number,
  held: Span,
  host: readonly HostLine[],
): TrueWaste {
  const input = merged(host.filter(({ doing }) => doing === 'input'));
  const waits = host
    .filter((line) => line.doing === 'sync' && (line.device === null || line.device === device))
    .sort((a, b) => a.toMs - b.toMs);
  const waste = { inputWait: [] as Span[], hostSync: [] as Span[], otherIdle: [] as Span[] };
  let nextWait = 0;
  let nextInput = 0;
  for (const gap of queue.idleWithin(held)) {
    while (nextInput < input.length && (input[nextInput]?.toMs ?? 0) <= gap.fromMs) nextInput++;
    const { inside, outside } = cut(gap, input, nextInput);
    waste.inputWait.push(...inside);
    // Drained by a wait: the host was waiting for this device at the moment its queue ran empty.
    while (nextWait < waits.length && (waits[nextWait]?.toMs ?? 0) < gap.fromMs - clockSlackMs) nextWait++;
    const wait = waits[nextWait];
    const drained = wait !== undefined && wait.fromMs <= gap.fromMs && gap.fromMs > held.fromMs;
    // What follows the last submission is the tail of the run, not a wait that held anything up.
    const refilled = gap.toMs < held.toMs;
    (drained && refilled ? waste.hostSync : waste.otherIdle).push(...outside);
  }
  return waste;
}
