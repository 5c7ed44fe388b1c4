/** Our own samples as comma-separated values: two comment lines that hold the run, a header, a row a sample. */

import { type MetricId, metricIds } from '../../contracts/metrics.ts';
import type { RunBlock, RunRecord } from '../../contracts/runFile.ts';
import { checkBlock, checkRecord } from './checkRecord.ts';
import { numberIn, readCsv } from './csv.ts';
import type { ReadRun } from './importedRun.ts';
import { RunFileError } from './shape.ts';

export const csvMark = '# perjoule-run-csv 1';

/**
 * A spreadsheet cuts the run's line at the commas within its texts and would take `=…`, `+…`, `-…` and `@…` behind one
 * for a formula: in texts they are written as JSON's escapes.
 */
const withoutFormulas = (json: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/[=+@-]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  );

/** The file in pieces. The unit of a column is in its name; an empty cell is a missing value. */
export async function* csvDocument(
  record: RunRecord,
  samples: AsyncIterable<readonly RunBlock[]>,
): AsyncIterable<string> {
  yield `${csvMark}\n# ${withoutFormulas(JSON.stringify(record))}\ntimeMs,track,${metricIds.join(',')}\n`;
  for await (const blocks of samples) yield blocks.map(rowsOf).join('');
}

const rowsOf = ({ track, timesMs, values }: RunBlock): string =>
  timesMs
    .map((timeMs, index) => {
      const cells = metricIds.map((metric) => values[metric]?.[index] ?? '');
      return `${timeMs},${track},${cells.join(',')}\n`;
    })
    .join('');

interface Columns {
  readonly timesMs: number[];
  readonly values: Partial<Record<MetricId, (number | null)[]>>;
}

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
  const rows = readCsv(text.slice(text.indexOf(second) + second.length).replace(/^\r?\n/, ''));
  const tracks = new Map<string, Columns>();
  for (const [index, row] of rows.entries()) {
    const track = row['track'] ?? '';
    const columns = tracks.get(track) ?? { timesMs: [], values: {} };
    tracks.set(track, columns);
    const timeMs = numberIn(row, 'timeMs', index + 1);
    if (timeMs === null) throw new RunFileError(`Row ${index + 1} has no timeMs.`);
    for (const metric of metricIds) {
      const value = numberIn(row, metric, index + 1);
      const column = columns.values[metric];
      if (column !== undefined) column.push(value);
      else if (value !== null) columns.values[metric] = [...columns.timesMs.map(() => null), value];
    }
    columns.timesMs.push(timeMs);
  }
  const blocks = [...tracks].map(([track, columns]) => checkBlock({ track, ...columns }, `track ${track}`));
  return { record, blocks, format: 'perjoule' };
}
