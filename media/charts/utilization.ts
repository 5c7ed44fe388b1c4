import { formatShare } from '../../contracts/units.ts';
import type { ChartSpec } from './chartSpec.ts';

export const utilization: ChartSpec = {
  id: 'utilization',
  metric: 'utilization',
  label: 'Utilisation',
  weight: 3,
  format: formatShare,
  tick: (value) => `${Math.round(value * 100)} %`,
  /** Above 100 % so that a busy GPU's line does not lie on the frame. */
  top: () => 1.08,
  ticks: () => [0, 0.5, 1],
  filled: false,
};
