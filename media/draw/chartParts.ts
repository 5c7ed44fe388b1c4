/** What a chart of a run is drawn with besides its curves, on the page and in a picture. */

import type { RunDetail } from '../../contracts/runs.ts';
import type { ChartData } from '../chartData.ts';
import type { PanelState } from '../state.ts';
import { wasteKey } from '../wasteOrder.ts';
import type { Marks } from './marks.ts';

/** The limit line is worth its place when the curve comes near it. */
const nearLimit = 1.3;

export function marksOf(run: RunDetail, state: PanelState, data: ChartData): Marks {
  const limits = new Set(run.devices.map(({ powerLimitW }) => powerLimitW));
  const limit = limits.size === 1 ? (run.devices[0]?.powerLimitW ?? null) : null;
  const near = limit !== null && (data.largest['power'] ?? 0) * nearLimit >= limit;
  return {
    gaps: run.gaps,
    stepMarks: run.stepMarks ?? [],
    lit: run.waste.find((item) => wasteKey(item) === state.litWaste)?.windows ?? [],
    powerLimitW: near ? limit : null,
  };
}

/** Ends of the axes by chart id, never less than `before`: an axis that shrinks would make the curve jump. */
export function axisTops(
  data: ChartData,
  { powerLimitW }: Marks,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    data.charts.map(({ id, top }) => {
      const reached = Math.max(before[id] ?? 0, top(data.largest[id] ?? 0));
      const hidden = id === 'power' && powerLimitW !== null && reached < powerLimitW;
      return [id, hidden ? top(powerLimitW) : reached];
    }),
  );
}

export const nothingText = (run: RunDetail): string =>
  run.totals.missing === 'noPermission'
    ? 'The power of this run’s GPUs may not be read.'
    : run.state === 'live'
      ? 'Waiting for the first reading of a GPU of this run.'
      : 'No reading of a GPU was recorded in this run.';
