import { formatBytes } from '../../contracts/units.ts';
import { type ChartStyle, roundUp, short, threeTicks } from './chartSpec.ts';

const gib = 2 ** 30;

export const memory: ChartStyle = {
  weight: 3,
  format: formatBytes,
  tick: (value) => `${short(value / gib)} GiB`,
  top: (largest) => roundUp((Math.max(gib, largest) / gib) * 1.08) * gib,
  ticks: threeTicks,
  filled: false,
};
