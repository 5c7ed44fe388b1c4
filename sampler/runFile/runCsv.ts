/** Reads our own comma-separated values, as `writeRun.ts` writes them. */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import { checkBlock, checkRecord } from './checkRecord.ts';
import { numberIn, readCsv } from './csv.ts';
import type { ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';
import { csvMark } from './writeRun.ts';

interface Columns {
  readonly timesMs: number[];
  readonly values: Partial<Record<MetricId, (number | null)[]>>;
}

/** Below the mark and the run. */
const headerLine = 3;

/** @throws RunFileError */
export function readRunCsv(text: string): ReadRun {
  const [mark = '', second = ''] = text.split(/\r?\n/, 2);
  if (mark !== csvMark) throw new RunFileError(`The first line is not "${csvMark}".`);
  if (!second.startsWith('# ')) throw new RunFileError('The second line does not hold the run.');
  let given: unknown;
  try {
    given = JSON.parse(second.slice(2));
  } catch {
    throw new RunFileError('The second line is not JSON.');
  }
  const record = checkRecord(given);
  const rows = readCsv(text.slice(text.indexOf(second) + second.length).replace(/^\r?\n/, ''), headerLine);
  const tracks = new Map<string, Columns>();
  for (const row of rows) {
    const track = row.cells['track'] ?? '';
    const columns = tracks.get(track) ?? { timesMs: [], values: {} };
    tracks.set(track, columns);
    const timeMs = numberIn(row, 'timeMs');
    if (timeMs === null) throw new RunFileError(`Line ${row.line} has no timeMs; correct it there.`);
    for (const metric of metricIds) {
      const value = numberIn(row, metric);
      const column = columns.values[metric];
      if (column !== undefined) column.push(value);
      else if (value !== null) columns.values[metric] = [...columns.timesMs.map(() => null), value];
    }
    columns.timesMs.push(timeMs);
  }
  const blocks = [...tracks].map(([track, columns]) => checkBlock({ track, ...columns }, `track ${track}`));
  return { record, blocks, format: 'perjoule' };
}
