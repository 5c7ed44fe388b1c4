/** The charts that the panel can show, from top to bottom, each of one metric. How they are drawn is in `media/charts/`. */

import type { MetricId } from './metrics.ts';

const chartTable = {
  power: 'powerW',
  utilization: 'utilization',
  memory: 'memoryUsedBytes',
  smClock: 'smClockMHz',
  memoryClock: 'memoryClockMHz',
  temperature: 'temperatureC',
  cpu: 'cpuCores',
  cpuPower: 'cpuPowerW',
  memoryPower: 'memoryPowerW',
} as const satisfies Record<string, MetricId>;

export type ChartId = keyof typeof chartTable;
export const chartMetrics: Readonly<Record<ChartId, MetricId>> = chartTable;
export const chartIds = Object.keys(chartTable) as readonly ChartId[];
/** As many as the editor's bottom panel has room for. */
export const usualCharts: readonly ChartId[] = ['power', 'utilization'];

/** In the order of the table. A setting may hold anything: what is unknown is left out, and of nothing the usual ones come. */
export function pickCharts(wanted: unknown): readonly ChartId[] {
  const picked = Array.isArray(wanted) ? chartIds.filter((id) => wanted.includes(id)) : [];
  return picked.length === 0 ? usualCharts : picked;
}
