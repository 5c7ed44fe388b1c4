/** A chart is data: what it draws, in which unit, how its axis runs. Drawing is elsewhere and knows no metric. */

import type { ChartId } from '../../contracts/charts.ts';
import type { MetricId, MetricOwner } from '../../contracts/metrics.ts';

/** How values of a kind are drawn. */
export interface ChartStyle {
  /** Its share of the height, beside the other charts on the canvas. */
  readonly weight: number;
  /** One value as text, with its unit. */
  readonly format: (value: number | undefined) => string;
  /** The same on the axis: as short as can be. */
  readonly tick: (value: number) => string;
  /** Top of the axis for the largest value seen; it is only asked to grow. */
  readonly top: (largest: number) => number;
  /** Places of the labelled ticks below the top. */
  readonly ticks: (top: number) => readonly number[];
  /** The area below the curve means something (power × time is energy), so it is tinted. */
  readonly filled: boolean;
}

export interface ChartSpec extends ChartStyle {
  readonly id: ChartId;
  readonly metric: MetricId;
  readonly label: string;
  /** A line for each GPU, or one of the host. */
  readonly owner: MetricOwner;
}

/** The next round number: 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= value - 1e-9) ?? 10;
  return step * power;
}

/** The ends and the middle. */
export const threeTicks = (top: number): readonly number[] => [0, top / 2, top];

/** A figure of an axis: no more digits than it takes to tell its ticks apart. */
export const short = (value: number): string => String(Number(value.toFixed(2)));
