/** In what state the GPUs of a run were: warm or cold, held back or free. */

import type { SeriesBlock } from '../../contracts/runs.ts';

export interface RunConditions {
  /** Mean over time of all the run's GPUs, °C; null where none told it. */
  readonly temperatureC: number | null;
  /** Share of the time in which heat or hardware slowed them, 0–1; null where none told it. */
  readonly slowedDown: number | null;
}

export function runConditions({ series, values }: SeriesBlock): RunConditions {
  const meanOf = (wanted: 'temperatureC' | 'slowedDown'): number | null => {
    const known = series
      .flatMap(({ metric }, row) => (metric === wanted ? (values[row] ?? []) : []))
      .filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  return { temperatureC: meanOf('temperatureC'), slowedDown: meanOf('slowedDown') };
}
