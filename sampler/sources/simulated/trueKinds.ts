/**
 * The truth by every kind of waste, GPU by GPU, from true power and from what the process said. Tests hold a diagnosis
 * against it; nothing that diagnoses a run may read it. Definitions: docs/simulated-gpu.md.
 */

import type { WasteKind } from '../../../contracts/waste.ts';
import type { HostLine } from './submissions.ts';
import { trueWasteOf } from './trueWaste.ts';
import type { Span, WorkQueue } from './workQueue.ts';

export interface TrueDevice {
  readonly queue: WorkQueue;
  readonly index: number;
  readonly limitW: number;
  readonly held: Span;
}

export interface TrueKind {
  readonly energyJ: number;
  readonly spans: readonly Span[];
}

/** Seconds in which kernels ran for this share of the time and drew less than this share of the way to the limit. */
const lowLoad = { windowMs: 1000, busy: 0.9, fill: 0.3 } as const;

/** The parts of spans inside and outside of others, which are sorted and disjoint. */
function divide(spans: readonly Span[], by: readonly Span[]): { inside: Span[]; outside: Span[] } {
  const inside: Span[] = [];
  const outside: Span[] = [];
  for (const { fromMs, toMs } of spans) {
    let reached = fromMs;
    for (const other of by) {
      if (other.toMs <= reached || other.fromMs >= toMs) continue;
      if (other.fromMs > reached) outside.push({ fromMs: reached, toMs: other.fromMs });
      const untilMs = Math.min(toMs, other.toMs);
      inside.push({ fromMs: Math.max(reached, other.fromMs), toMs: untilMs });
      reached = untilMs;
    }
    if (reached < toMs) outside.push({ fromMs: reached, toMs });
  }
  return { inside, outside };
}

function united(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.fromMs - other.fromMs)) {
    const last = result.at(-1);
    if (last !== undefined && span.fromMs <= last.toMs)
      result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    else if (span.toMs > span.fromMs) result.push(span);
  }
  return result;
}

const said = (host: readonly HostLine[], doing: HostLine['doing']): Span[] =>
  united(host.filter((line) => line.doing === doing));

function lowLoadOf({ queue, limitW, held }: TrueDevice): TrueKind {
  const spans: Span[] = [];
  let energyJ = 0;
  for (let fromMs = held.fromMs; fromMs + lowLoad.windowMs <= held.toMs; fromMs += lowLoad.windowMs) {
    const window = { fromMs, toMs: fromMs + lowLoad.windowMs };
    const work = queue.workWithin(window);
    const share = queue.utilization(window);
    if (share < lowLoad.busy || work.some(({ clock }) => clock < 1)) continue;
    const idleW = queue.contextIdleW;
    const workW = (queue.energyJ(window) / (lowLoad.windowMs / 1000) - (1 - share) * idleW) / share;
    const fill = (workW - idleW) / (limitW - idleW);
    if (fill >= lowLoad.fill) continue;
    spans.push(window);
    energyJ += idleW * share * (1 - fill) * (lowLoad.windowMs / 1000);
  }
  return { energyJ, spans: united(spans) };
}

function throttlingOf({ queue, held }: TrueDevice): TrueKind {
  const slowed = queue.workWithin(held).filter(({ clock }) => clock < 1);
  const energyJ = slowed.reduce(
    (sum, { fromMs, toMs, clock }) => sum + queue.contextIdleW * ((toMs - fromMs) / 1000) * (1 - clock),
    0,
  );
  return { energyJ, spans: united(slowed) };
}

/** @param others the other devices that the same process held */
export function trueKindsOf(
  device: TrueDevice,
  others: readonly TrueDevice[],
  host: readonly HostLine[],
): Readonly<Record<WasteKind, TrueKind>> {
  const { queue, held, index } = device;
  const work = queue.workWithin(held);
  const firstMs = work[0]?.fromMs ?? held.toMs;
  const lastMs = work.at(-1)?.toMs ?? held.toMs;
  const unused = work.length === 0 && others.some((other) => other.queue.workWithin(other.held).length > 0);
  const idle = queue.idleWithin(held);
  const before = idle.filter(({ toMs }) => toMs <= firstMs);
  const after = idle.filter(({ fromMs }) => fromMs >= lastMs && fromMs >= firstMs);
  const between = idle.filter(({ fromMs, toMs }) => toMs > firstMs && fromMs < lastMs);

  const elsewhere = united(others.flatMap((other) => other.queue.workWithin(other.held)));
  const waited = divide(between, elsewhere);
  const paused = divide(waited.outside, said(host, 'pause'));
  const rested = divide(paused.outside, said(host, 'rest'));
  const { inputWait, hostSync } = trueWasteOf(queue, index, held, host);
  const input = divide(rested.outside, inputWait);
  const sync = divide(input.outside, hostSync);

  const drawn = (spans: readonly Span[]): TrueKind => ({
    spans,
    energyJ: spans.reduce((sum, span) => sum + queue.energyJ(span), 0),
  });
  return {
    startUp: drawn(unused ? [] : before),
    unusedGpu: drawn(unused ? before : []),
    inputWait: drawn(input.inside),
    hostSync: drawn(sync.inside),
    imbalance: drawn(waited.inside),
    pauses: drawn(paused.inside),
    idleHeld: drawn([...rested.inside, ...after]),
    lowLoad: lowLoadOf(device),
    throttling: throttlingOf(device),
  };
}
