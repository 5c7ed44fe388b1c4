/**
 * Windows of about four seconds over one GPU and the host, and the causes of idle time summed over them.
 *
 * Only the time between the GPU's first and last kernel counts, so neither start-up nor the tail of a run enters.
 * Utilisation is shifted back to the time it tells of; a window is closed when work was seen after it. A long pause is
 * a window of its own, whose causes are told apart from those of the working time.
 */

import { busyUtilization, utilizationWindowMs } from '../idle/idleTime.ts';
import {
  addCauses,
  type IdleCauses,
  mayHaveSpun,
  noCauses,
  type Spinning,
  spinningOf,
  splitIdle,
} from './idleCauses.ts';
import type { Pause } from './pauseEdges.ts';
import { createStretches } from './stretches.ts';
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
/** In a long pause workers fill their queues for a while; only where they go on working they are waited for. */
const pausedWorkerCores = 0.4;
/** A window with a cause for this share of it is drawn as one of it. */
const drawnShare = 0.1;

/** Of the work in a window so much may be told of in the next one: half of what one value of utilisation tells of. */
const mostLateMs = utilizationWindowMs / 2;

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

/** How far back the middle of the time lies that a reading's utilisation tells of, milliseconds. */
export const toldLagMs = ({
  intervalMs,
  refreshMs,
}: Pick<WindowReading, 'intervalMs' | 'refreshMs'>): number =>
  // A fast value is weighed when it is fresh; a slow one lasts for one window after the window it tells of.
  refreshMs === null ? utilizationWindowMs : (refreshMs + intervalMs) / 2;

export interface IdleFound {
  /** Time between first and last kernel, milliseconds, without what nothing is known of. */
  readonly workingMs: number;
  /** Milliseconds of idle time in it, by cause. */
  readonly causes: IdleCauses;
}

/** Where input or the host's own running held the GPU up, for drawing. */
export interface IdleStretches {
  readonly input: readonly (readonly [fromMs: number, toMs: number])[];
  readonly host: readonly (readonly [fromMs: number, toMs: number])[];
}

export interface IdleWindows {
  /** Before the GPU's reading of the same tick. */
  addHost(entry: HostEntry): void;
  add(reading: WindowReading): void;
  /**
   * A long pause that ends with the next reading: what the host did in it. It is no working time unless it is put back.
   * The batch that is loaded at the end of something else is the next step's, and the pause is shorter by that.
   */
  pause(pause: Pause): { readonly pause: Pause; readonly causes: IdleCauses };
  putBack(pause: Pause, causes: IdleCauses): void;
  found(): IdleFound;
  stretches(): IdleStretches;
  /** When the first kernel began; null before it was seen. */
  beginMs(): number | null;
}

/** How the host waits is a habit: single windows of steps as long as they are would tell it by chance. */
const habitKept = 0.6;
const later = (habit: Spinning, now: Spinning): Spinning => ({
  runMs: habitKept * habit.runMs + now.runMs,
  waitMs: habitKept * habit.waitMs + now.waitMs,
  busyMs: habitKept * habit.busyMs + now.busyMs,
});

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
  let spinning: Spinning = { runMs: 0, waitMs: 0, busyMs: 0 };
  let sleptMoreMs = 0;

  const windowUntil = (
    fromMs: number,
    toMs: number,
    withRest: boolean,
  ): IdleFound & { readonly spinning?: Spinning } => {
    const window = log.sum(fromMs, toMs, withRest);
    if (window === null) return nothing;
    const now = spinningOf(window);
    const spun = now === null ? undefined : mayHaveSpun(later(spinning, now));
    return {
      workingMs: window.knownMs,
      causes: splitIdle(window, { sleptMoreMs, ...(spun === undefined ? {} : { spun }) }),
      ...(now === null ? {} : { spinning: now }),
    };
  };

  const input = createStretches();
  const host = createStretches();
  const draw = ({ workingMs, causes }: IdleFound, fromMs: number, toMs: number): void => {
    if (causes.loading + causes.starved >= drawnShare * workingMs) input.add(fromMs, toMs);
    if (causes.running + causes.unexplained >= drawnShare * workingMs) host.add(fromMs, toMs);
  };

  /** `whole`: what is told of until now belongs to it, since no work came after. */
  const close = (toMs: number, whole = false): void => {
    const found = windowUntil(closedMs, toMs, whole);
    if (found.spinning !== undefined) {
      spinning = later(spinning, found.spinning);
      sleptMoreMs = Math.min(
        mostLateMs,
        Math.max(0, sleptMoreMs + found.spinning.waitMs - found.spinning.busyMs),
      );
    }
    if (inPause) paused = together(paused, found);
    else {
      taken = together(taken, found);
      if (found.workingMs > 0) draw(found, closedMs, toMs);
    }
    log.forgetBefore(toMs, whole ? Math.max(toMs, log.toldMs) : toMs);
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
      if (endMs - closedMs >= shortestWindowMs) close(endMs, true);
      inPause = true;
    }
    while (nowMs - closedMs >= longestLogMs) close(closedMs + windowMs);
  };

  return {
    addHost: (entry) => log.addHost(entry),
    add({ timeMs, intervalMs, weightMs, refreshMs, utilization, powerW }) {
      nowMs = timeMs;
      lagMs = toldLagMs({ intervalMs, refreshMs });
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
    pause(pause) {
      const { fromMs } = pause;
      if (Number.isNaN(closedMs)) closedMs = edges.beginMs();
      if (!inPause && fromMs - closedMs >= shortestWindowMs) close(fromMs, true);
      const beginMs = inPause ? closedMs : fromMs;
      const loadMs = log.loadingBefore(pause.toMs, beginMs);
      const ownShare = 1 - loadMs / (pause.toMs - fromMs);
      const endsInLoad = ownShare > 0.5;
      const toMs = endsInLoad ? pause.toMs - loadMs : pause.toMs;
      const window = log.sum(beginMs, toMs, false);
      const restMs = Math.max(0, toMs - beginMs);
      const rest =
        window === null
          ? { ...noCauses, unseen: restMs }
          : splitIdle({ ...window, knownMs: restMs, idleMs: restMs }, { workersFrom: pausedWorkerCores });
      const { causes } = together(paused, { workingMs: 0, causes: rest });
      if (endsInLoad)
        taken = together(taken, { workingMs: loadMs, causes: { ...noCauses, loading: loadMs } });
      log.forgetBefore(pause.toMs, log.toldMs);
      closedMs = pause.toMs;
      paused = nothing;
      inPause = false;
      return {
        pause: endsInLoad ? { fromMs, toMs, energyJ: pause.energyJ * ownShare } : pause,
        causes,
      };
    },
    putBack({ fromMs, toMs }, causes) {
      const found = { workingMs: toMs - fromMs, causes };
      taken = together(taken, found);
      draw(found, fromMs, toMs);
    },
    stretches: () => ({ input: input.list(), host: host.list() }),
    beginMs: () => (Number.isNaN(edges.firstSeenMs) ? null : edges.beginMs()),
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
