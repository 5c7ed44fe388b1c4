/** What one GPU of a run shows of each kind of waste, from its readings and the host's. */

import type { MemoryHeadroom } from '../../contracts/waste.ts';
import { busyUtilization } from '../idle/idleTime.ts';
import type { GpuTick, InsightDevice } from '../ticks.ts';
import type { BalancedDevice, DeviceImbalance } from './balance.ts';
import { createBusyCells } from './busyCells.ts';
import type { Moment, Waited } from './coincidence.ts';
import { type IdleCauses, scaled } from './idleCauses.ts';
import {
  createIdleWindows,
  type IdleFound,
  type IdleStretches,
  toldLagMs,
  type WindowReading,
} from './idleWindows.ts';
import { createLoadLog, type LowLoad } from './loadLog.ts';
import { createPauseEdges, type Pause } from './pauseEdges.ts';
import { createPauseCount, natureOf, type PauseSum, partsOf } from './pauses.ts';
import { createSlowdowns, type Slowdown } from './slowdowns.ts';
import type { HostEntry } from './windowLog.ts';
import type { EdgeKnowledge } from './workEdges.ts';

export interface DeviceKnowledge extends EdgeKnowledge {
  /** Draw with nothing open; null when not known. */
  bareW(): number | null;
  /** Joules since the first reading, at a recent time. */
  energyAt(timeMs: number): number;
  /** For how long another GPU of the run worked between two times, milliseconds. */
  elsewhereMs(fromMs: number, toMs: number): number;
}

/** How it stood to the other GPUs of the run: by single moments where power tells them, by sums of utilisation else. */
export interface BesideOthers {
  readonly waited: Waited | null;
  readonly sums: DeviceImbalance | null;
}

/** Everything of one GPU up to now. */
export interface DeviceFound {
  readonly idleW: number | null;
  readonly bareW: number | null;
  readonly nowMs: number;
  /** Joules so far. */
  readonly energyJ: number;
  /** From the first reading until the first kernel began; until now where none has. */
  readonly startUp: { readonly fromMs: number; readonly toMs: number; readonly energyJ: number };
  /** Whether a kernel was seen. */
  readonly worked: boolean;
  /** Since the last kernel ended, where none ran for a while. */
  readonly quiet: { readonly fromMs: number; readonly energyJ: number } | null;
  /** Between first and last kernel, without its long pauses. */
  readonly working: IdleFound;
  readonly stretches: IdleStretches;
  /** Long pauses that the program made by itself. */
  readonly pauses: PauseSum;
  /** Pauses so long, and so fully slept through, that the GPU was only held. */
  readonly held: PauseSum;
  readonly lowLoad: LowLoad | null;
  readonly slowdown: Slowdown | null;
  readonly besideOthers: BesideOthers;
  readonly memory: MemoryHeadroom | null;
}

export interface DeviceWaste extends BalancedDevice {
  addHost(entry: HostEntry): void;
  /** Every reading, also one without utilisation. */
  see(timeMs: number, memoryUsedBytes: number | undefined): void;
  /** Returns whether it worked at this moment; null where that cannot be told, and before its first kernel. */
  add(reading: WindowReading, gpu: GpuTick): Moment | null;
  /** @param nowMs of the run */
  found(besideOthers: BesideOthers, nowMs: number): DeviceFound;
}

/** The idle power that tells when work began is learnt over the first seconds of it. */
const beginKnownMs = 5000;

export function createDeviceWaste(device: InsightDevice, knowledge: DeviceKnowledge): DeviceWaste {
  const { energyAt, elsewhereMs, idleW } = knowledge;
  const windows = createIdleWindows(knowledge);
  const edges = createPauseEdges(knowledge, energyAt);
  const cells = createBusyCells();
  const load = createLoadLog(cells, energyAt, idleW);
  const slowdowns = createSlowdowns();
  const own = createPauseCount();
  const held = createPauseCount();
  const totalBytes = device.memoryTotalBytes ?? null;
  let usedBytes: number | null = null;
  let firstMs = Number.NaN;
  let lastMs = 0;
  /** Where the first kernel began, and the joules until then; worked out while they can be told. */
  let begin: { readonly atMs: number; readonly energyJ: number } | null = null;
  let lastBusyMs = 0;

  return {
    addHost: (entry) => windows.addHost(entry),
    see(timeMs, memoryUsedBytes) {
      if (Number.isNaN(firstMs)) firstMs = timeMs;
      lastMs = Math.max(lastMs, timeMs);
      if (memoryUsedBytes !== undefined) usedBytes = Math.max(usedBytes ?? 0, memoryUsedBytes);
    },
    add(reading, gpu) {
      const { timeMs, intervalMs, weightMs, refreshMs, utilization, powerW } = reading;
      const busy = utilization > busyUtilization;
      const quiet = edges.add({ timeMs, powerW, utilization, refreshMs });
      if (quiet !== null) {
        const { pause, causes } = windows.pause(quiet);
        const { own: ownPart, waited } = partsOf(pause, elsewhereMs);
        const causesOf = (part: Pause): IdleCauses =>
          scaled(causes, (part.toMs - part.fromMs) / (pause.toMs - pause.fromMs));
        if (waited !== null) windows.putBack(waited, causesOf(waited));
        if (ownPart !== null) {
          const its = causesOf(ownPart);
          const nature = natureOf(ownPart, its);
          if (nature === 'input') windows.putBack(ownPart, its);
          else (nature === 'own' ? own : held).add(ownPart, its);
        }
      }
      windows.add(reading);
      if (busy) lastBusyMs = timeMs - toldLagMs(reading);
      if (begin === null || timeMs - begin.atMs < beginKnownMs) {
        const beginMs = windows.beginMs();
        if (beginMs !== null) begin = { atMs: beginMs, energyJ: energyAt(beginMs) };
      }
      const shown = powerW === undefined ? null : edges.shows(powerW);
      const slowedMs = slowdowns.add({
        timeMs,
        intervalMs,
        utilization,
        slowedDown: gpu.slowedDown ?? undefined,
        smClockMHz: gpu.smClockMHz ?? undefined,
        temperatureC: gpu.temperatureC ?? undefined,
        works: shown,
        powerW: knowledge.sharpPower ? powerW : undefined,
      });
      cells.add(timeMs - toldLagMs(reading), utilization * weightMs, {
        fromMs: timeMs - intervalMs,
        toMs: timeMs,
        slowedMs,
      });
      load.add(timeMs, gpu.powerLimitW ?? undefined);
      const works = begin === null ? null : shown;
      return works === null ? null : { uuid: device.uuid, timeMs, intervalMs, works };
    },
    cells,
    working: () => (begin === null ? null : { fromMs: begin.atMs, toMs: lastBusyMs }),
    found(besideOthers, nowMs) {
      const energyJ = energyAt(lastMs);
      return {
        idleW: idleW(),
        bareW: knowledge.bareW(),
        nowMs,
        energyJ,
        startUp: {
          fromMs: Number.isNaN(firstMs) ? nowMs : firstMs,
          toMs: begin?.atMs ?? nowMs,
          energyJ: begin?.energyJ ?? energyJ,
        },
        worked: begin !== null,
        quiet: edges.quiet(lastMs),
        working: windows.found(),
        stretches: windows.stretches(),
        pauses: own.sum(),
        held: held.sum(),
        lowLoad: load.low(lastBusyMs),
        slowdown: slowdowns.sum(),
        besideOthers,
        memory: totalBytes === null || usedBytes === null ? null : { usedBytes, totalBytes },
      };
    },
  };
}
