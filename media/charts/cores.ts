import { notAvailable } from '../../contracts/units.ts';
import { type ChartStyle, roundUp, short, threeTicks } from './chartSpec.ts';

/** Processor time of the run's processes over time: 2 is two cores kept busy. */
export const cores: ChartStyle = {
  weight: 3,
  format: (value) =>
    value === undefined
      ? notAvailable
      : `${value.toFixed(1)} ${value.toFixed(1) === '1.0' ? 'core' : 'cores'}`,
  tick: short,
  top: (largest) => roundUp(Math.max(1, largest) * 1.08),
  ticks: threeTicks,
  filled: false,
};
