/** The last seconds of one GPU and the host, to be summed over windows whose ends are known only later. */

import type { HostTick } from '../ticks.ts';
import type { WindowActivity } from './idleCauses.ts';

/** A window with readings for less than this share of it says nothing. */
const leastCover = 0.5;
/** An interval of the host with more than this share of input was one of loading. */
const mostlyInput = 0.5;
/** From the end of loading until a sensor shows the work. */
const launchMs = 250;
/** Above this share the rest is rounding, not a hole. */
const wholeCover = 0.9;

/** One utilisation reading; the interval ends at its time. */
export interface GpuEntry {
  readonly timeMs: number;
  readonly intervalMs: number;
  /** The middle of the time that the utilisation tells of, and its busy milliseconds. */
  readonly toldMs: number;
  readonly busyMs: number;
}

/** The host over one interval, in shares of it. */
export interface HostEntry {
  readonly fromMs: number;
  readonly toMs: number;
  readonly host: HostTick;
}

export interface WindowLog {
  addGpu(entry: GpuEntry): void;
  addHost(entry: HostEntry): void;
  /**
   * Sums over a window; null where too little is known. Work told of before the window counts into it: a first
   * reading tells of a time that begins before the first kernel. `withRest`: the same at the end.
   */
  sum(fromMs: number, toMs: number, withRest: boolean): WindowActivity | null;
  /** For how long the host had been loading without a break at a time, milliseconds; not before the other time. */
  loadingBefore(timeMs: number, sinceMs: number): number;
  /** `toldMs`: work told of up to there was counted; absent, up to the same time. */
  forgetBefore(timeMs: number, toldMs?: number): void;
  /** The newest time that work was told of. */
  readonly toldMs: number;
}

/** Cores of the run's other processes: given, or what is over when the main process takes its awake time. */
function workerCoresOf(host: HostTick): number | null {
  if (host.workerCores != null) return host.workerCores;
  if (host.cpuCores == null || host.hostWaitShare == null) return null;
  return Math.max(0, host.cpuCores - (1 - host.hostWaitShare));
}

export function createWindowLog(): WindowLog {
  let gpus: GpuEntry[] = [];
  let hosts: HostEntry[] = [];
  let forgottenMs = Number.NEGATIVE_INFINITY;

  const hostSums = (fromMs: number, toMs: number): Omit<WindowActivity, 'knownMs' | 'idleMs'> => {
    const sums = { hostMs: 0, inputMs: 0, waitMs: 0 };
    let workerMs = 0;
    let workerKnownMs = 0;
    for (const { fromMs: hostFromMs, toMs: hostToMs, host } of hosts) {
      const partMs = Math.min(hostToMs, toMs) - Math.max(hostFromMs, fromMs);
      if (partMs <= 0 || host.hostWaitShare == null) continue;
      sums.hostMs += partMs;
      sums.inputMs += (host.hostInputShare ?? 0) * partMs;
      sums.waitMs += host.hostWaitShare * partMs;
      const cores = workerCoresOf(host);
      if (cores === null) continue;
      workerMs += cores * partMs;
      workerKnownMs += partMs;
    }
    return { ...sums, workerCores: workerKnownMs > 0 ? workerMs / workerKnownMs : null };
  };

  return {
    addGpu(entry) {
      gpus.push(entry);
    },
    addHost(entry) {
      hosts.push(entry);
    },
    sum(fromMs, toMs, withRest) {
      const lengthMs = toMs - fromMs;
      let coverMs = 0;
      let busyMs = 0;
      for (const entry of gpus) {
        if (entry.toldMs > forgottenMs && (entry.toldMs <= toMs || withRest)) busyMs += entry.busyMs;
        coverMs += Math.max(
          0,
          Math.min(entry.timeMs, toMs) - Math.max(entry.timeMs - entry.intervalMs, fromMs),
        );
      }
      if (coverMs < leastCover * lengthMs) return null;
      const knownMs = coverMs > wholeCover * lengthMs ? lengthMs : coverMs;
      return { knownMs, idleMs: Math.max(0, knownMs - busyMs), ...hostSums(fromMs, toMs) };
    },
    loadingBefore(timeMs, sinceMs) {
      let atMs = timeMs;
      for (const { fromMs, toMs, host } of hosts.toReversed()) {
        if (fromMs >= timeMs) continue;
        const loads = (host.hostInputShare ?? 0) > mostlyInput;
        if (toMs <= sinceMs || !(loads || (atMs === timeMs && fromMs > timeMs - launchMs))) break;
        if (loads) atMs = Math.max(fromMs, sinceMs);
      }
      return timeMs - atMs;
    },
    get toldMs() {
      return gpus.at(-1)?.toldMs ?? forgottenMs;
    },
    forgetBefore(timeMs, toldMs = timeMs) {
      forgottenMs = toldMs;
      gpus = gpus.filter((entry) => entry.timeMs > timeMs || entry.toldMs > timeMs);
      hosts = hosts.filter((entry) => entry.toMs > timeMs);
    },
  };
}
