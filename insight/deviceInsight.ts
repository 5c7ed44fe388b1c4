/** One GPU of a run: its energy and its idle time, from the same readings. */

import type { Gap, IdlePower } from '../contracts/runs.ts';
import type { SharingLook, SharingState } from '../contracts/sharing.ts';
import { createEnergyMeter, type EnergyMeter } from './energy.ts';
import { energyBand } from './energyBand.ts';
import type { DeviceEnergy } from './energyTotals.ts';
import { createGpuSharing } from './gpuSharing.ts';
import type { IdleCharge } from './idle/idleCharges.ts';
import { createIdleTime } from './idle/idleTime.ts';
import type { GpuTick, InsightDevice } from './ticks.ts';
import type { Moment } from './waste/coincidence.ts';
import { createDeviceWaste, type DeviceWaste } from './waste/deviceWaste.ts';
import type { HostEntry } from './waste/windowLog.ts';

export interface Seen {
  /** Joules without a kernel, of this reading and corrected of those shortly before; empty where not known. */
  readonly idle: readonly IdleCharge[];
  /** Whether it worked at this moment; null where that cannot be told. */
  readonly moment: Moment | null;
}

export interface DeviceInsight {
  readonly uuid: string;
  readonly meter: EnergyMeter;
  /** Before the GPU's reading of the same tick; also when there is none. */
  addHost(entry: HostEntry): void;
  add(gpu: GpuTick, timeMs: number): Seen;
  addGap(gap: Gap): void;
  /** Who holds it now, and who computed on it lately. */
  addSharing(look: SharingLook): void;
  sharingState(): SharingState | null;
  idlePower(): IdlePower;
  energy(): DeviceEnergy;
  readonly waste: DeviceWaste;
}

/** How long the idle power is taken to be what it was, milliseconds: it changes slowly once it is known. */
const knownKeptMs = 5000;
const unknownKeptMs = 300;

/** @param elsewhereMs for how long another GPU of the run worked between two times */
export function createDeviceInsight(
  device: InsightDevice,
  elsewhereMs: (fromMs: number, toMs: number) => number,
): DeviceInsight {
  const sharpPower = device.powerQuality !== 'averaged1s';
  const meter = createEnergyMeter(device);
  const idle = createIdleTime(sharpPower);
  /** Kept for a while: to work it out takes longer than all else of a reading. */
  let idleW: number | null = null;
  let idleWAtMs = Number.NEGATIVE_INFINITY;
  const learnIdle = (timeMs: number): void => {
    if (timeMs - idleWAtMs < (idleW === null ? unknownKeptMs : knownKeptMs)) return;
    idleW = idle.idleW();
    idleWAtMs = timeMs;
  };
  const waste = createDeviceWaste(device, {
    sharpPower,
    idleW: () => idleW,
    bareW: () => idle.bareW(),
    energyAt: (timeMs) => meter.at(timeMs),
    elsewhereMs,
  });
  const sharing = createGpuSharing(device.sharingState ?? null);
  return {
    uuid: device.uuid,
    meter,
    addHost: (entry) => waste.addHost(entry),
    add(gpu, timeMs) {
      const powerW = gpu.powerW ?? undefined;
      const energyJ = gpu.energyJ ?? undefined;
      const utilization = gpu.utilization ?? undefined;
      const powerLimitW = gpu.powerLimitW ?? undefined;
      const averagePowerW = gpu.averagePowerW ?? undefined;
      meter.add({ timeMs, powerW, energyJ, powerLimitW, utilization, averagePowerW });
      const time = idle.add({
        timeMs,
        utilization,
        powerW,
        memoryUsedBytes: gpu.memoryUsedBytes ?? undefined,
      });
      learnIdle(timeMs);
      waste.see(timeMs, gpu.memoryUsedBytes ?? undefined);
      if (time === null || utilization === undefined) return { idle: [], moment: null };
      const { intervalMs, weightMs, charges } = time;
      const { refreshMs } = idle;
      const moment = waste.add({ timeMs, intervalMs, weightMs, refreshMs, utilization, powerW }, gpu);
      return { idle: charges, moment };
    },
    addGap(gap) {
      idle.cut();
      if (gap.reason === 'suspended') meter.newEpoch();
    },
    addSharing: (look) => sharing.look(look, meter.at(look.timeMs), idle.idleW()),
    sharingState: () => sharing.state(),
    // Beside others nobody can tell whose context was open.
    idlePower: () => ({
      contextIdlePowerW: idle.idleW(),
      idlePowerW: sharing.seen ? null : idle.bareW(),
    }),
    energy() {
      const figures = meter.figures();
      const idleJ = idle.idleJ();
      return {
        figures,
        band: energyBand(device.band, figures, null),
        // Where no kernel ran all of it was idle: as metered, like the waste that is told of it.
        idleJ: idleJ === null || idle.worked ? idleJ : figures.energyJ,
        sharing: figures.energyJ === null ? null : sharing.divided(figures.energyJ),
      };
    },
    waste,
  };
}
