import { formatPower } from '../../contracts/units.ts';
import { type ChartStyle, roundUp, threeTicks } from './chartSpec.ts';

export const power: ChartStyle = {
  weight: 5,
  format: formatPower,
  tick: (value) => (value === 0 ? '0 W' : formatPower(value)),
  top: (largest) => roundUp(Math.max(50, largest) * 1.08),
  ticks: threeTicks,
  filled: true,
};

/** Beside the GPUs' power; its area would be taken for theirs. */
export const hostPower: ChartStyle = { ...power, weight: 3, filled: false };
