/** One GPU of a run: its energy and its idle time, from the same readings. */

import type { Gap } from '../contracts/runs.ts';
import { createEnergyMeter, type EnergyMeter } from './energy.ts';
import type { DeviceEnergy } from './energyTotals.ts';
import { createIdleTime, type IdleTime } from './idle/idleTime.ts';
import type { GpuTick, InsightDevice } from './ticks.ts';

/** Counter differences over less time than this are mostly the counter's own rhythm. */
const shortestRateMs = 80;
const longestRateMs = 400;

export interface DeviceInsight {
  readonly uuid: string;
  readonly meter: EnergyMeter;
  readonly idle: IdleTime;
  /** Returns the known interval that ends with the reading, milliseconds; 0 when there is none. */
  add(gpu: GpuTick, timeMs: number): number;
  addGap(gap: Gap): void;
  energy(): DeviceEnergy;
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
  const counterRate = createCounterRate();
  const powerIsSharp = device.powerQuality !== 'averaged1s';
  return {
    uuid: device.uuid,
    meter,
    idle,
    add(gpu, timeMs) {
      const powerW = gpu.powerW ?? undefined;
      const energyJ = gpu.energyJ ?? undefined;
      const utilization = gpu.utilization ?? undefined;
      meter.add({ timeMs, powerW, energyJ, powerLimitW: gpu.powerLimitW ?? undefined, utilization });
      const rateW = energyJ === undefined ? undefined : counterRate(energyJ, timeMs);
      return idle.add({
        timeMs,
        utilization,
        powerW,
        sharpPowerW: powerIsSharp && powerW !== undefined ? powerW : rateW,
        memoryUsedBytes: gpu.memoryUsedBytes ?? undefined,
      });
    },
    addGap(gap) {
      idle.cut();
      if (gap.reason === 'suspended') meter.newEpoch();
    },
    energy: () => ({ figures: meter.figures(), band: device.band, idleJ: idle.idleJ() }),
  };
}
