/**
 * Windows of about two seconds over one GPU and the host, and the causes of idle time summed over them.
 *
 * Only the time between the GPU's first and last kernel counts. A window is taken in when work was seen again
 * after it, so the tail of a run never enters; the first and last second, where utilisation ramps by its own
 * averaging, are left out and stand in with the mean of the rest.
 */

import { busyUtilization, utilizationWindowMs } from '../idle/idleTime.ts';
import type { HostTick } from '../ticks.ts';
import { addCauses, type IdleCauses, noCauses, splitIdle, type WindowActivity } from './idleCauses.ts';
import { createWorkEdges } from './workEdges.ts';

const windowMs = 2000;
/** Utilisation tells of a time about this much earlier than the host's shares of the same tick do. */
const hostEarlierMs = 400;
/** Too short to compare sums. */
const shortestWindowMs = 500;
/** The left-out edges never stand for more than this share of what was seen. */
const mostEdge = 0.5;

export interface WindowReading {
  readonly timeMs: number;
  /** Known time that ends with the reading; 0 when there is none. */
  readonly intervalMs: number;
  readonly utilization: number | undefined;
  readonly powerW: number | undefined;
  readonly host: HostTick | null;
}

export interface IdleFound {
  /** Time between first and last kernel, milliseconds. */
  readonly workingMs: number;
  /** Of that, the time whose causes were looked at. */
  readonly examinedMs: number;
  /** Milliseconds of idle time, scaled to the working time. */
  readonly causes: IdleCauses;
}

interface Entry {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly idleMs: number;
  readonly host: HostTick | null;
}

export interface IdleWindows {
  /** One reading: utilisation over the interval that ends at `timeMs`, and the host's tick. */
  add(reading: WindowReading): void;
  /** What was found; `idleW` is the draw with a context open and no kernel, null when not known. */
  found(idleW: number | null): IdleFound;
}

/** Cores of the run's other processes: given, or what is over when the main process takes its awake time. */
function workerCoresOf(host: HostTick): number | null {
  if (host.workerCores != null) return host.workerCores;
  if (host.cpuCores == null || host.hostWaitShare == null) return null;
  return Math.max(0, host.cpuCores - (1 - host.hostWaitShare));
}

function windowOf(entries: readonly Entry[]): WindowActivity {
  const sum = { knownMs: 0, idleMs: 0, hostMs: 0, inputMs: 0, waitMs: 0 };
  let workerMs = 0;
  let workerKnownMs = 0;
  for (const { intervalMs, idleMs, host } of entries) {
    sum.knownMs += intervalMs;
    sum.idleMs += idleMs;
    if (host?.hostWaitShare == null) continue;
    sum.hostMs += intervalMs;
    sum.inputMs += (host.hostInputShare ?? 0) * intervalMs;
    sum.waitMs += host.hostWaitShare * intervalMs;
    const cores = workerCoresOf(host);
    if (cores === null) continue;
    workerMs += cores * intervalMs;
    workerKnownMs += intervalMs;
  }
  return { ...sum, workerCores: workerKnownMs > 0 ? workerMs / workerKnownMs : null };
}

const scaled = (causes: IdleCauses, scale: number): IdleCauses => ({
  loading: causes.loading * scale,
  starved: causes.starved * scale,
  running: causes.running * scale,
  unexplained: causes.unexplained * scale,
  unseen: causes.unseen * scale,
});

interface Examined {
  readonly ms: number;
  readonly causes: IdleCauses;
}
const nothing: Examined = { ms: 0, causes: noCauses };
const together = (one: Examined, window: WindowActivity): Examined => ({
  ms: one.ms + window.knownMs,
  causes: addCauses(one.causes, splitIdle(window)),
});

/** `sharpPower`: a power reading is the mean of about 0.1 s or less, not of a second. */
export function createIdleWindows(sharpPower: boolean): IdleWindows {
  const edges = createWorkEdges(sharpPower);
  let firstBusyMs = Number.NaN;
  let lastBusyMs = Number.NaN;
  let sinceLastBusyMs = 0;
  let workingMs = 0;
  let taken = nothing;
  /** Windows without work since, as one: a pause however long, or the tail. */
  let paused = nothing;
  let entries: Entry[] = [];
  const hosts: { readonly timeMs: number; readonly host: HostTick | null }[] = [];

  /** Everything up to one window of utilisation before the last sight of work. */
  const examined = (): Examined => {
    const endMs = lastBusyMs - utilizationWindowMs;
    const whole = entries.filter(({ timeMs }) => timeMs <= endMs);
    const window = windowOf(whole);
    return window.knownMs < shortestWindowMs ? taken : together(taken, window);
  };

  return {
    add({ timeMs, intervalMs, utilization, powerW, host }) {
      if (utilization === undefined || intervalMs <= 0) return;
      const busy = utilization > busyUtilization;
      edges.add(timeMs, powerW, busy);
      hosts.push({ timeMs, host });
      if ((hosts[1]?.timeMs ?? timeMs) <= timeMs - hostEarlierMs) hosts.shift();
      if (busy && Number.isNaN(firstBusyMs)) firstBusyMs = timeMs;
      if (Number.isNaN(firstBusyMs)) return;
      sinceLastBusyMs += intervalMs;
      if (busy) {
        lastBusyMs = timeMs;
        workingMs += sinceLastBusyMs;
        sinceLastBusyMs = 0;
        taken = { ms: taken.ms + paused.ms, causes: addCauses(taken.causes, paused.causes) };
        paused = nothing;
      }
      if (timeMs - firstBusyMs < utilizationWindowMs) return;
      entries.push({
        timeMs,
        intervalMs,
        idleMs: Math.max(0, 1 - utilization) * intervalMs,
        host: hosts[0]?.host ?? null,
      });
      const endMs = lastBusyMs - utilizationWindowMs;
      const first = entries[0];
      if (first === undefined || timeMs - first.timeMs < windowMs + utilizationWindowMs) return;
      const window = entries.filter((entry) => entry.timeMs <= first.timeMs + windowMs);
      entries = entries.slice(window.length);
      const last = window[window.length - 1];
      if (last !== undefined && last.timeMs <= endMs) taken = together(taken, windowOf(window));
      else paused = together(paused, windowOf(window));
    },
    found(idleW) {
      const { ms, causes } = examined();
      const early = edges.early(idleW);
      // Without sharp power: on average both ends are seen equally late, and work by one window too long.
      const trueMs =
        early === null ? workingMs - utilizationWindowMs : workingMs + early.beginMs - early.endMs;
      const whole = Math.max(ms, trueMs);
      const scale = ms === 0 ? 0 : Math.min(1 + mostEdge, whole / ms);
      return { workingMs: whole, examinedMs: ms, causes: scaled(causes, scale) };
    },
  };
}
