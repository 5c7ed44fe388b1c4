/**
 * Windows of about four seconds over one GPU and the host, and the causes of idle time summed over them.
 *
 * Only the time between the GPU's first and last kernel counts, so neither start-up nor the tail of a run enters.
 * Utilisation is shifted back to the time it tells of; a window is closed when work was seen after it.
 */

import { busyUtilization, utilizationWindowMs } from '../idle/idleTime.ts';
import { addCauses, type IdleCauses, noCauses, splitIdle } from './idleCauses.ts';
import { createWindowLog, type HostEntry } from './windowLog.ts';
import { createWorkEdges, type EdgeKnowledge } from './workEdges.ts';

/** Long enough for several short steps or two long ones, so that late readings of either side average out. */
const windowMs = 4000;
/** Too short to compare sums. */
const shortestWindowMs = 500;
/** Work is seen at most so late. */
const proofMs = 2 * utilizationWindowMs;
/** A longer pause, or tail, is summed up as it goes. */
const longestLogMs = 12_000;

export interface WindowReading {
  readonly timeMs: number;
  readonly intervalMs: number;
  /** Milliseconds that the utilisation stands for. */
  readonly weightMs: number;
  /** Milliseconds between refreshes of the utilisation of a fast product; null for a slow one. */
  readonly refreshMs: number | null;
  readonly utilization: number;
  readonly powerW: number | undefined;
}

export interface IdleFound {
  /** Time between first and last kernel, milliseconds, without what nothing is known of. */
  readonly workingMs: number;
  /** Milliseconds of idle time in it, by cause. */
  readonly causes: IdleCauses;
}

export interface IdleWindows {
  /** Before the GPU's reading of the same tick. */
  addHost(entry: HostEntry): void;
  add(reading: WindowReading): void;
  found(): IdleFound;
}

const nothing: IdleFound = { workingMs: 0, causes: noCauses };
const together = (one: IdleFound, other: IdleFound): IdleFound => ({
  workingMs: one.workingMs + other.workingMs,
  causes: addCauses(one.causes, other.causes),
});

export function createIdleWindows(knowledge: EdgeKnowledge): IdleWindows {
  const edges = createWorkEdges(knowledge);
  const log = createWindowLog();
  let lagMs = utilizationWindowMs;
  let nowMs = 0;
  let lastBusyMs = Number.NaN;
  /** True time up to which windows were closed; unknown before the first one. */
  let closedMs = Number.NaN;
  let taken = nothing;
  /** Since the last work: part of the run only if work comes again. */
  let paused = nothing;
  let inPause = false;

  const windowUntil = (fromMs: number, toMs: number, withRest: boolean): IdleFound => {
    const window = log.sum(fromMs, toMs, withRest);
    return window === null ? nothing : { workingMs: window.knownMs, causes: splitIdle(window) };
  };

  const close = (toMs: number): void => {
    const found = windowUntil(closedMs, toMs, false);
    if (inPause) paused = together(paused, found);
    else taken = together(taken, found);
    log.forgetBefore(toMs);
    closedMs = toMs;
  };

  const closeWindows = (): void => {
    if (Number.isNaN(closedMs)) {
      if (nowMs - edges.firstSeenMs < proofMs + windowMs) return;
      closedMs = edges.beginMs();
    }
    while (closedMs + windowMs <= lastBusyMs - proofMs) close(closedMs + windowMs);
    if (nowMs - closedMs < longestLogMs) return;
    if (!inPause) {
      const endMs = edges.endMs();
      if (endMs - closedMs >= shortestWindowMs) close(endMs);
      inPause = true;
    }
    while (nowMs - closedMs >= longestLogMs) close(closedMs + windowMs);
  };

  return {
    addHost: (entry) => log.addHost(entry),
    add({ timeMs, intervalMs, weightMs, refreshMs, utilization, powerW }) {
      nowMs = timeMs;
      // A fast value is weighed when it is fresh; a slow one lasts for one window after the window it tells of.
      lagMs = refreshMs === null ? utilizationWindowMs : (refreshMs + intervalMs) / 2;
      const busy = utilization > busyUtilization;
      edges.add(timeMs, powerW, busy);
      log.addGpu({ timeMs, intervalMs, toldMs: timeMs - lagMs, busyMs: utilization * weightMs });
      if (Number.isNaN(edges.firstSeenMs)) {
        log.forgetBefore(timeMs - proofMs - windowMs);
        return;
      }
      if (busy) {
        lastBusyMs = timeMs;
        taken = together(taken, paused);
        paused = nothing;
        inPause = false;
      }
      closeWindows();
    },
    found() {
      if (Number.isNaN(edges.firstSeenMs)) return nothing;
      const fromMs = Number.isNaN(closedMs) ? edges.beginMs() : closedMs;
      const ended = nowMs - lastBusyMs >= proofMs / 2;
      if (inPause) return taken;
      const toMs = Math.min(edges.endMs(), ended ? nowMs : nowMs - lagMs);
      if (toMs - fromMs < shortestWindowMs) return taken;
      return together(taken, windowUntil(fromMs, toMs, ended));
    },
  };
}
