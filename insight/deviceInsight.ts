/** One GPU of a run: its energy and its idle time, from the same readings. */

import type { Gap } from '../contracts/runs.ts';
import { createEnergyMeter, type EnergyMeter } from './energy.ts';
import type { DeviceEnergy } from './energyTotals.ts';
import { createIdleTime } from './idle/idleTime.ts';
import type { GpuTick, HostTick, InsightDevice } from './ticks.ts';
import { createIdleWindows } from './waste/idleWindows.ts';
import type { DeviceWaste } from './waste/waste.ts';

export interface DeviceInsight {
  readonly uuid: string;
  readonly meter: EnergyMeter;
  add(gpu: GpuTick, timeMs: number, host: HostTick | null): void;
  addGap(gap: Gap): void;
  energy(): DeviceEnergy;
  waste(): DeviceWaste;
}

export function createDeviceInsight(device: InsightDevice): DeviceInsight {
  const sharpPower = device.powerQuality !== 'averaged1s';
  const meter = createEnergyMeter(device);
  const idle = createIdleTime(sharpPower);
  const windows = createIdleWindows(sharpPower);
  return {
    uuid: device.uuid,
    meter,
    add(gpu, timeMs, host) {
      const powerW = gpu.powerW ?? undefined;
      const energyJ = gpu.energyJ ?? undefined;
      const utilization = gpu.utilization ?? undefined;
      meter.add({ timeMs, powerW, energyJ, powerLimitW: gpu.powerLimitW ?? undefined, utilization });
      const intervalMs = idle.add({
        timeMs,
        utilization,
        powerW,
        memoryUsedBytes: gpu.memoryUsedBytes ?? undefined,
      });
      windows.add({ timeMs, intervalMs, utilization, powerW, host });
    },
    addGap(gap) {
      idle.cut();
      if (gap.reason === 'suspended') meter.newEpoch();
    },
    energy: () => ({ figures: meter.figures(), band: device.band, idleJ: idle.idleJ() }),
    waste() {
      const idleW = idle.idleW();
      return { ...windows.found(idleW), idleW };
    },
  };
}
