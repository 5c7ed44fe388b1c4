/** A trace in figures: how busy its GPUs were, where the host waited, how large the kernels are. */

import type { TraceDevice, TraceSummary, TraceWait } from '../../contracts/trace.ts';
import { between, firstEndingAfter, lengthOf, union } from './intervals.ts';
import { TraceError } from './traceError.ts';
import type { TraceLog } from './traceLog.ts';
import { type WaitSite, WaitSites } from './waitSites.ts';

/** What is shown of the places; the shares count them all. */
const mostWaits = 20;
/** The profiler began to work in 2020; an earlier wall clock is a clock since the machine started. */
const leastWallMs = Date.UTC(2020, 0, 1);

export interface TraceFacts {
  readonly summary: TraceSummary;
  readonly sites: readonly WaitSite[];
  readonly log: TraceLog;
}

/** @throws TraceError where there is nothing with a time */
export function traceFacts(log: TraceLog, unreadable: number): TraceFacts {
  const { from, to, hostTo } = windowOf(log);
  const { sites } = new WaitSites(log, [from, hostTo]);
  const span = to - from;
  const gaps = idleOf(log, from, to);
  const loading = sites.filter(({ way }) => way === 'loader').flatMap((site) => site.waits);
  // The device also runs dry while the host loads: that is no part of the wait that ended before.
  const notLoading = idleOf(log, from, to, loading);
  const claimed = new Set<number>();
  const waits = sites
    .filter(({ waitUs }) => waitUs > 0)
    .map((site): TraceWait => {
      const { way, what, frame, times, waitUs } = site;
      const kind = way === 'loader' ? 'inputWait' : 'hostSync';
      const gpuIdleMs =
        (kind === 'inputWait' ? overlap(site, gaps) : idleAtEnds(site, notLoading, claimed)) / 1000;
      return {
        kind,
        what,
        frame: log.frames.get(frame),
        times,
        waitMs: waitUs / 1000,
        share: waitUs / span,
        gpuIdleMs,
      };
    })
    .sort((one, other) => other.waitMs - one.waitMs);
  const shareOf = (loader: boolean): number => {
    const pairs = sites.filter(({ way }) => (way === 'loader') === loader).flatMap((site) => site.waits);
    return lengthOf(union(pairs, from, to)) / span;
  };
  const idleOfKind = (wanted: TraceWait['kind']): number =>
    waits.reduce((sum, { kind, gpuIdleMs }) => sum + (kind === wanted ? gpuIdleMs : 0), 0) / (span / 1000);
  const startedAtMs = ((log.baseNanoseconds ?? 0) / 1000 + from) / 1000;
  return {
    sites,
    log,
    summary: {
      steps: log.steps.size,
      spanMs: span / 1000,
      startedAtMs: startedAtMs >= leastWallMs ? startedAtMs : null,
      stacks: log.pythonEvents > 0 ? 'functions' : log.stackTexts > 0 ? 'lines' : 'none',
      devices: [...log.devices.keys()]
        .sort((one, other) => one - other)
        .map((index) => deviceOf(log, index, from, to)),
      gpuRecorded: log.devices.size > 0 && log.runtimeCalls > 0,
      waits: waits.slice(0, mostWaits),
      shares: { hostSync: shareOf(false), inputWait: shareOf(true) },
      gpuIdle: { hostSync: idleOfKind('hostSync'), inputWait: idleOfKind('inputWait') },
      unreadable,
    },
  };
}

/** From the first marked step to the end of the last, and of what it queued: where the profiler starts and stops is outside. */
function windowOf(log: TraceLog): { readonly from: number; readonly to: number; readonly hostTo: number } {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const [begin, end] of log.steps.values()) {
    from = Math.min(from, begin);
    to = Math.max(to, end);
  }
  if (log.steps.size === 0) [from, to] = [log.firstUs, log.lastUs];
  const hostTo = to;
  if (log.steps.size > 0)
    for (const { kernels, correlations } of log.devices.values())
      for (const [at, correlation] of correlations.entries()) {
        const begin = kernels[at * 2] ?? 0;
        // What the steps queued may begin after them; what was launched later is none of theirs.
        const queued = begin >= from && (log.launches.get(correlation) ?? begin) <= hostTo;
        if (queued) to = Math.max(to, kernels[at * 2 + 1] ?? 0);
      }
  if (!(to > from))
    throw new TraceError('it has no events of a program: no operations, no kernels, no steps');
  return { from, to, hostTo };
}

function deviceOf(log: TraceLog, index: number, from: number, to: number): TraceDevice {
  const device = log.devices.get(index);
  const kernels = device?.kernels ?? [];
  const exchanges = device?.exchanges ?? [];
  let [count, kernelUs, sizedUs, tooSmallUs] = [0, 0, 0, 0];
  for (const [at, blocks] of (device?.blocks ?? []).entries()) {
    const [begin, end] = [kernels[at * 2] ?? 0, kernels[at * 2 + 1] ?? 0];
    if (begin < from || begin > to) continue;
    count += 1;
    kernelUs += end - begin;
    if (blocks < 0) continue;
    sizedUs += end - begin;
    if (blocks < 1) tooSmallUs += end - begin;
  }
  return {
    index,
    name: log.deviceNames.get(index) ?? null,
    busyShare: lengthOf(union(kernels, from, to)) / (to - from),
    kernels: count,
    meanKernelMs: count === 0 ? null : kernelUs / count / 1000,
    tooSmallShare: sizedUs > 0 ? tooSmallUs / sizedUs : null,
    exchangeShare: lengthOf(union(exchanges, from, to)) / (to - from),
  };
}

/**
 * The stretches in which none of the trace's GPUs ran a kernel.
 * @param without stretches that count as if one ran
 */
function idleOf(log: TraceLog, from: number, to: number, without: readonly number[] = []): number[] {
  const kernels: number[] = [];
  for (const device of log.devices.values()) for (const time of device.kernels) kernels.push(time);
  if (kernels.length === 0) return [];
  for (const time of without) kernels.push(time);
  return between(union(kernels, from, to), from, to);
}

function overlap({ waits }: WaitSite, gaps: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < waits.length; at += 2) {
    const [begin, end] = [waits[at] ?? 0, waits[at + 1] ?? 0];
    for (let gap = firstEndingAfter(gaps, begin); gap < gaps.length && (gaps[gap] ?? 0) < end; gap += 2)
      sum += Math.min(end, gaps[gap + 1] ?? 0) - Math.max(begin, gaps[gap] ?? 0);
  }
  return sum;
}

/** A wait for the device ends when it has run dry: the gap in which it ends is its own from then on, each gap once. */
function idleAtEnds({ waits }: WaitSite, gaps: readonly number[], claimed: Set<number>): number {
  let sum = 0;
  for (let at = 0; at < waits.length; at += 2) {
    const [begin, end] = [waits[at] ?? 0, waits[at + 1] ?? 0];
    const gap = firstEndingAfter(gaps, end);
    if (gap >= gaps.length || (gaps[gap] ?? 0) > end || claimed.has(gap)) continue;
    claimed.add(gap);
    sum += (gaps[gap + 1] ?? 0) - Math.max(begin, gaps[gap] ?? 0);
  }
  return sum;
}
