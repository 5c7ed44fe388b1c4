import { notAvailable } from '../../contracts/units.ts';
import { type ChartStyle, roundUp, short, threeTicks } from './chartSpec.ts';

/** MHz. */
export const clock: ChartStyle = {
  weight: 3,
  format: (value) => (value === undefined ? notAvailable : `${Math.round(value)} MHz`),
  tick: (value) => `${short(value / 1000)} GHz`,
  top: (largest) => roundUp(Math.max(500, largest) * 1.08),
  ticks: threeTicks,
  filled: false,
};
