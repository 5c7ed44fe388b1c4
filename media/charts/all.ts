/** The charts that the panel can show, from top to bottom. */

import { type ChartId, chartIds, chartMetrics } from '../../contracts/charts.ts';
import { metrics } from '../../contracts/metrics.ts';
import type { ChartSpec, ChartStyle } from './chartSpec.ts';
import { clock } from './clock.ts';
import { cores } from './cores.ts';
import { memory } from './memory.ts';
import { hostPower, power } from './power.ts';
import { temperature } from './temperature.ts';
import { utilization } from './utilization.ts';

const styles: Readonly<Record<ChartId, ChartStyle>> = {
  power,
  utilization,
  memory,
  smClock: clock,
  memoryClock: clock,
  temperature,
  cpu: cores,
  cpuPower: hostPower,
  memoryPower: hostPower,
};

export const charts: readonly ChartSpec[] = chartIds.map((id) => {
  const metric = chartMetrics[id];
  const { label, owner } = metrics[metric];
  return { ...styles[id], id, metric, label, owner };
});
