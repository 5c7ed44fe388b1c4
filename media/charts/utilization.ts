import { formatShare } from '../../contracts/units.ts';
import type { ChartStyle } from './chartSpec.ts';

export const utilization: ChartStyle = {
  weight: 3,
  format: formatShare,
  tick: (value) => `${Math.round(value * 100)} %`,
  /** Above 100 % so that a busy GPU's line does not lie on the frame. */
  top: () => 1.08,
  ticks: () => [0, 0.5, 1],
  filled: false,
};
