import { formatPower } from '../../contracts/units.ts';
import { type ChartSpec, roundUp } from './chartSpec.ts';

export const power: ChartSpec = {
  id: 'power',
  metric: 'powerW',
  label: 'Power',
  weight: 5,
  format: formatPower,
  tick: (value) => (value === 0 ? '0 W' : formatPower(value)),
  top: (largest) => roundUp(Math.max(50, largest) * 1.08),
  ticks: (top) => [0, top / 2, top],
  filled: true,
};
