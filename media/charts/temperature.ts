import { notAvailable } from '../../contracts/units.ts';
import { type ChartStyle, roundUp, threeTicks } from './chartSpec.ts';

export const temperature: ChartStyle = {
  weight: 3,
  format: (value) => (value === undefined ? notAvailable : `${Math.round(value)} °C`),
  tick: (value) => `${Math.round(value)} °C`,
  /** GPUs slow down between 80 and 100 °C: most runs share one axis. */
  top: (largest) => roundUp(Math.max(90, largest) * 1.08),
  ticks: threeTicks,
  filled: false,
};
