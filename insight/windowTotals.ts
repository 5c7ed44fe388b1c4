/** Energy of a window of a run, from its ticks; the window's edges are interpolated. */

import type { DeviceTotals, SharedEnergy, WindowTotals } from '../contracts/runs.ts';
import { createEnergyMeter, type EnergyMeter, longForAverageMs, type MeterFigures } from './energy.ts';
import { energyBand } from './energyBand.ts';
import { addUpTotals, type DeviceEnergy, type InsightContext } from './energyTotals.ts';
import { createIdleTime, type IdleTime } from './idle/idleTime.ts';
import { bridgedPeriods, createSamplingPeriod, heldMs } from './powerIntegral.ts';
import { windowSharing } from './sharingMarks.ts';
import type { GpuTick, InsightDevice, RunTick } from './ticks.ts';

/**
 * Give so much before and after the window, so that its edges lie between readings and the refreshes of the device
 * are known by then; milliseconds.
 */
export const windowMarginMs = 5000;
/** After an edge, so long until the counter has told of it. */
const settleMs = 1500;

export interface WindowDevice extends InsightDevice {
  /** The counter passed its check over the whole run: a short window cannot repeat it. */
  readonly counterChecked?: boolean;
}

interface Edge {
  readonly timeMs: number;
  energyJ: number;
  instantJ: number;
  witnessJ: number;
  unseenJ: number;
  final: boolean;
}

interface WindowPart {
  readonly device: WindowDevice;
  readonly meter: EnergyMeter;
  readonly idle: IdleTime;
  readonly edges: readonly [Edge, Edge];
  add(gpu: GpuTick, timeMs: number): void;
  coveredMs(): number;
  /** Milliseconds between readings. */
  periodMs(): number;
}

function windowPart(device: WindowDevice, fromMs: number, toMs: number): WindowPart {
  const meter = createEnergyMeter(device);
  const idle = createIdleTime(device.powerQuality !== 'averaged1s');
  const period = createSamplingPeriod(device.readEveryMs ?? null);
  const edge = (timeMs: number): Edge => ({
    timeMs,
    energyJ: 0,
    instantJ: 0,
    witnessJ: 0,
    unseenJ: 0,
    final: false,
  });
  const edges = [edge(fromMs), edge(toMs)] as const;
  let lastMs = Number.NaN;
  let coveredMs = 0;

  return {
    device,
    meter,
    idle,
    edges,
    add(gpu, timeMs) {
      const powerW = gpu.powerW ?? undefined;
      const energyJ = gpu.energyJ ?? undefined;
      const utilization = gpu.utilization ?? undefined;
      const powerLimitW = gpu.powerLimitW ?? undefined;
      const averagePowerW = gpu.averagePowerW ?? undefined;
      meter.add({ timeMs, powerW, energyJ, powerLimitW, utilization, averagePowerW });
      if (timeMs >= fromMs && timeMs <= toMs)
        idle.add({ timeMs, utilization, powerW, memoryUsedBytes: gpu.memoryUsedBytes ?? undefined });
      // The meters remember some seconds only: an edge is read once it is settled.
      for (const edge of edges) {
        if (edge.final) continue;
        edge.energyJ = meter.at(edge.timeMs);
        edge.instantJ = meter.instantAt(edge.timeMs);
        edge.witnessJ = meter.witnessAt(edge.timeMs);
        if (timeMs <= edge.timeMs) edge.unseenJ = meter.unseenJ;
        edge.final = timeMs > edge.timeMs + settleMs;
      }
      if (powerW === undefined && energyJ === undefined) return;
      const intervalMs = timeMs - lastMs;
      if (intervalMs <= Math.max(heldMs, bridgedPeriods * period.periodMs))
        coveredMs += Math.max(0, Math.min(timeMs, toMs) - Math.max(lastMs, fromMs));
      if (intervalMs > 0) period.add(intervalMs);
      lastMs = timeMs;
    },
    coveredMs: () => coveredMs,
    periodMs: () => period.periodMs,
  };
}

function sharingOf({ device, edges: [from, to] }: WindowPart, energyJ: number | null): SharedEnergy | null {
  const state = device.sharingState ?? null;
  return state === null || energyJ === null ? null : windowSharing(state, from.timeMs, to.timeMs, energyJ);
}

function energyOf(part: WindowPart): DeviceEnergy {
  const [from, to] = part.edges;
  const windowMs = to.timeMs - from.timeMs;
  const whole = part.meter.figures();
  const byCounter = whole.method === 'counter';
  // The whole stretch that was read may be long enough for the mean of a second, the window is not.
  const instant = !byCounter && part.device.powerQuality === 'instant' && windowMs < longForAverageMs;
  const energyJ = Math.max(0, instant ? to.instantJ - from.instantJ : to.energyJ - from.energyJ);
  const witnessJ = Math.max(0, to.witnessJ - from.witnessJ);
  const coveredMs = part.coveredMs();
  const tooShort = whole.energyJ !== null && windowMs < part.meter.resolvesMs;
  // A window that lies in a gap was not measured; a counter has counted on.
  const unread = !byCounter && coveredMs === 0;
  const checked = byCounter && part.device.counterChecked === true;
  const figures: MeterFigures = {
    ...whole,
    energyJ: whole.energyJ === null || tooShort || unread ? null : energyJ,
    witnessJ: byCounter && whole.witnessJ !== null && !tooShort ? witnessJ : null,
    quality: checked ? 'counter' : instant ? 'instant' : whole.quality,
    coveredMs,
    measuredMs: coveredMs,
    unseenJ: whole.unseenJ > 0 || instant ? to.unseenJ - from.unseenJ : 0,
  };
  return {
    figures,
    band: energyBand(part.device.band, figures, windowMs, part.periodMs()),
    idleJ: tooShort ? null : part.idle.idleJ(),
    tooShort,
    unread,
    sharing: sharingOf(part, figures.energyJ),
  };
}

export interface WindowMeter {
  /** In order of time, best with `windowMarginMs` more on both sides. */
  add(tick: RunTick): void;
  totals(): WindowTotals;
}

/**
 * Idle joules come from the window alone: null where it does not show the idle power. A window that a sensor cannot
 * resolve has no energy, and says so.
 */
export function createWindowMeter(
  devices: readonly WindowDevice[],
  fromMs: number,
  toMs: number,
  context: InsightContext,
): WindowMeter {
  const parts = new Map(devices.map((device) => [device.uuid, windowPart(device, fromMs, toMs)]));
  const lengthMs = toMs - fromMs;
  return {
    add({ gpus, timeMs }) {
      for (const gpu of gpus) parts.get(gpu.uuid)?.add(gpu, gpu.timeMs ?? timeMs);
    },
    totals() {
      const energies = [...parts].map(([uuid, part]) => [uuid, energyOf(part)] as const);
      const byDevice = energies.map(([uuid, energy]): DeviceTotals => {
        const { energyJ, missing, meanPowerW, provenance } = addUpTotals([energy], lengthMs, context);
        return { uuid, energyJ, missing, meanPowerW, provenance };
      });
      const all = energies.map(([, energy]) => energy);
      return { ...addUpTotals(all, lengthMs, context), byDevice };
    },
  };
}

/** Of ticks that are there all at once. @see createWindowMeter */
export function windowTotals(
  devices: readonly WindowDevice[],
  ticks: Iterable<RunTick>,
  fromMs: number,
  toMs: number,
  context: InsightContext,
): WindowTotals {
  const meter = createWindowMeter(devices, fromMs, toMs, context);
  for (const tick of ticks) meter.add(tick);
  return meter.totals();
}
