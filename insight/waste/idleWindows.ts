/**
 * Windows of about two seconds over one GPU and the host, and the causes of idle time summed over them.
 *
 * Only the time between the GPU's first and last kernel counts. A window is taken in when work was seen again
 * after it, so the tail of a run never enters; the first and last second, where utilisation ramps by its own
 * averaging, are left out and stand in with the mean of the rest.
 */

import { busyUtilization, utilizationWindowMs } from '../idle/idleTime.ts';
import type { HostTick } from '../ticks.ts';
import { addCauses, type IdleCauses, noCauses, splitIdle } from './idleCauses.ts';

const windowMs = 2000;
/** The left-out edges never stand for more than this share of what was seen. */
const mostEdge = 0.5;

interface Closed {
  readonly endMs: number;
  readonly knownMs: number;
  readonly causes: IdleCauses;
}

export interface IdleWindows {
  /** One reading: utilisation over the interval that ends at `timeMs`, and the host's tick. */
  add(timeMs: number, intervalMs: number, utilization: number | undefined, host: HostTick | null): void;
  /** Time between first and last kernel with known utilisation, milliseconds. */
  readonly workingMs: number;
  /** Of that, the time whose causes were looked at. */
  readonly examinedMs: number;
  /** Milliseconds of idle time, scaled to the working time. */
  causes(): IdleCauses;
}

/** Cores of the run's other processes: given, or what is over when the main process takes its awake time. */
function workerCoresOf(host: HostTick): number | null {
  if (host.workerCores != null) return host.workerCores;
  if (host.cpuCores == null || host.hostWaitShare == null) return null;
  return Math.max(0, host.cpuCores - (1 - host.hostWaitShare));
}

export function createIdleWindows(): IdleWindows {
  let firstBusyMs = Number.NaN;
  let lastBusyMs = Number.NaN;
  let sinceLastBusyMs = 0;
  let workingMs = 0;
  let examinedMs = 0;
  let taken = noCauses;
  const waiting: Closed[] = [];
  let startMs = Number.NaN;
  let open = { knownMs: 0, idleMs: 0, hostMs: 0, inputMs: 0, waitMs: 0, workerMs: 0, workerKnownMs: 0 };

  const close = (endMs: number): void => {
    if (open.knownMs > 0) {
      const workerCores = open.workerKnownMs > 0 ? open.workerMs / open.workerKnownMs : null;
      waiting.push({ endMs, knownMs: open.knownMs, causes: splitIdle({ ...open, workerCores }) });
      const [one, other] = waiting;
      // A long pause is one entry, however long.
      if (waiting.length > 4 && one !== undefined && other !== undefined)
        waiting.splice(0, 2, {
          endMs: other.endMs,
          knownMs: one.knownMs + other.knownMs,
          causes: addCauses(one.causes, other.causes),
        });
    }
    open = { knownMs: 0, idleMs: 0, hostMs: 0, inputMs: 0, waitMs: 0, workerMs: 0, workerKnownMs: 0 };
    startMs = endMs;
  };

  const takeIn = (): void => {
    while (waiting[0] !== undefined && waiting[0].endMs <= lastBusyMs - utilizationWindowMs) {
      taken = addCauses(taken, waiting[0].causes);
      examinedMs += waiting[0].knownMs;
      waiting.shift();
    }
  };

  return {
    add(timeMs, intervalMs, utilization, host) {
      if (utilization === undefined || intervalMs <= 0) return;
      const busy = utilization > busyUtilization;
      if (busy && Number.isNaN(firstBusyMs)) firstBusyMs = timeMs;
      if (Number.isNaN(firstBusyMs)) return;
      sinceLastBusyMs += intervalMs;
      if (busy) {
        lastBusyMs = timeMs;
        workingMs += sinceLastBusyMs;
        sinceLastBusyMs = 0;
      }
      if (timeMs - firstBusyMs < utilizationWindowMs) return;
      if (Number.isNaN(startMs)) startMs = timeMs - intervalMs;
      open.knownMs += intervalMs;
      open.idleMs += Math.max(0, 1 - utilization) * intervalMs;
      if (host !== null && host.hostWaitShare != null) {
        open.hostMs += intervalMs;
        open.inputMs += (host.hostInputShare ?? 0) * intervalMs;
        open.waitMs += host.hostWaitShare * intervalMs;
        const cores = workerCoresOf(host);
        if (cores !== null) {
          open.workerMs += cores * intervalMs;
          open.workerKnownMs += intervalMs;
        }
      }
      if (timeMs - startMs >= windowMs) close(timeMs);
      if (busy) takeIn();
    },
    get workingMs() {
      return Math.max(0, workingMs - utilizationWindowMs);
    },
    get examinedMs() {
      return examinedMs;
    },
    causes() {
      if (examinedMs === 0) return noCauses;
      const whole = Math.max(examinedMs, workingMs - utilizationWindowMs);
      const scale = Math.min(1 + mostEdge, whole / examinedMs);
      return {
        loading: taken.loading * scale,
        starved: taken.starved * scale,
        running: taken.running * scale,
        unexplained: taken.unexplained * scale,
        unseen: taken.unseen * scale,
      };
    },
  };
}
