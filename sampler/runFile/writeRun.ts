/**
 * Our own files as text: one JSON document, lines that are appended while a run goes on, or comma-separated values (two
 * comment lines that hold the run, a header, a row a sample). Light, as the extension host carries it too.
 */

import { metricIds } from '../../contracts/metrics.ts';
import { type RunBlock, type RunRecord, runFileFormat, runFileVersion } from '../../contracts/runFile.ts';

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

const head = { format: runFileFormat, version: runFileVersion } as const;

/** First line of a file that grows. */
export const linesHead = `${JSON.stringify({ ...head, lines: true })}\n`;
export const recordLine = (record: RunRecord): string => `${JSON.stringify({ record })}\n`;
export const samplesLine = (samples: readonly RunBlock[]): string => `${JSON.stringify({ samples })}\n`;

/** The document in pieces, so that a long run is never one text in memory. */
export async function* jsonDocument(
  record: RunRecord,
  samples: AsyncIterable<readonly RunBlock[]>,
): AsyncIterable<string> {
  yield `${JSON.stringify({ ...head, ...record }).slice(0, -1)},"samples":[`;
  let first = true;
  for await (const blocks of samples) {
    for (const block of blocks) {
      yield `${first ? '' : ','}\n${JSON.stringify(block)}`;
      first = false;
    }
  }
  yield '\n]}\n';
}
