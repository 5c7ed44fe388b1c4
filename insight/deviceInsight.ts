/** One GPU of a run: its energy and its idle time, from the same readings. */

import type { Gap } from '../contracts/runs.ts';
import { createEnergyMeter, type EnergyMeter } from './energy.ts';
import type { DeviceEnergy } from './energyTotals.ts';
import { createIdleTime } from './idle/idleTime.ts';
import type { GpuTick, HostTick, InsightDevice } from './ticks.ts';
import { createIdleWindows } from './waste/idleWindows.ts';
import type { DeviceWaste } from './waste/waste.ts';

/** Counter differences over less time than this are mostly the counter's own rhythm. */
const shortestRateMs = 80;
const longestRateMs = 400;

export interface DeviceInsight {
  readonly uuid: string;
  readonly meter: EnergyMeter;
  add(gpu: GpuTick, timeMs: number, host: HostTick | null): void;
  addGap(gap: Gap): void;
  energy(): DeviceEnergy;
  waste(): DeviceWaste;
}

/** The counter's own rate between two changes: sharper than a power value averaged over a second. */
function createCounterRate(): (energyJ: number, timeMs: number) => number | undefined {
  let lastJ = Number.NaN;
  let lastMs = Number.NaN;
  return (energyJ, timeMs) => {
    if (energyJ === lastJ) return undefined;
    const intervalMs = timeMs - lastMs;
    const rateW = ((energyJ - lastJ) * 1000) / intervalMs;
    lastJ = energyJ;
    lastMs = timeMs;
    return intervalMs >= shortestRateMs && intervalMs <= longestRateMs && rateW > 0 ? rateW : undefined;
  };
}

export function createDeviceInsight(device: InsightDevice): DeviceInsight {
  const meter = createEnergyMeter(device);
  const idle = createIdleTime();
  const windows = createIdleWindows();
  const counterRate = createCounterRate();
  const powerIsSharp = device.powerQuality !== 'averaged1s';
  return {
    uuid: device.uuid,
    meter,
    add(gpu, timeMs, host) {
      const powerW = gpu.powerW ?? undefined;
      const energyJ = gpu.energyJ ?? undefined;
      const utilization = gpu.utilization ?? undefined;
      meter.add({ timeMs, powerW, energyJ, powerLimitW: gpu.powerLimitW ?? undefined, utilization });
      const rateW = energyJ === undefined ? undefined : counterRate(energyJ, timeMs);
      const intervalMs = idle.add({
        timeMs,
        utilization,
        powerW,
        sharpPowerW: powerIsSharp && powerW !== undefined ? powerW : rateW,
        memoryUsedBytes: gpu.memoryUsedBytes ?? undefined,
      });
      windows.add(timeMs, intervalMs, utilization, host);
    },
    addGap(gap) {
      idle.cut();
      if (gap.reason === 'suspended') meter.newEpoch();
    },
    energy: () => ({ figures: meter.figures(), band: device.band, idleJ: idle.idleJ() }),
    waste: () => ({
      workingMs: windows.workingMs,
      examinedMs: windows.examinedMs,
      causes: windows.causes(),
      idleW: idle.idleW(),
    }),
  };
}
