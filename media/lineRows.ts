/** The joules by line or by function as rows, in the order the user asked for. Pure. */

import type { LineReport } from '../contracts/lines.ts';
import type { LineColumn, LineListing } from './view.ts';
import { fileName } from './words.ts';

export interface LineRow {
  /** Lasting, so that a row stays the same element while its joules grow. */
  readonly key: string;
  readonly path: string;
  /** The line to open, from 1: of a function its line with most joules; 0 where none is known. */
  readonly line: number;
  readonly name: string;
  /** Null where the run's joules are not known. */
  readonly energyJ: number | null;
  /** Null where utilisation is not known. */
  readonly activeJ: number | null;
  readonly idleJ: number | null;
  /** Share of the joules that were divided, 0–1; null where they are not known. */
  readonly share: number | null;
}

export function lineRows(report: LineReport, listing: LineListing): readonly LineRow[] {
  const share = (energyJ: number | null): number | null => {
    if (report.sampledJ === null || energyJ === null) return null;
    return report.sampledJ > 0 ? energyJ / report.sampledJ : 0;
  };
  const row = (
    at: { path: string; name: string; energyJ: number | null; idleJ: number | null },
    line: number,
    key: readonly (string | number)[],
  ): LineRow => ({
    key: key.join('\n'),
    path: at.path,
    line,
    name: at.name,
    energyJ: at.energyJ,
    activeJ: at.energyJ === null || at.idleJ === null ? null : at.energyJ - at.idleJ,
    idleJ: at.idleJ,
    share: share(at.energyJ),
  });
  const rows =
    listing.by === 'line'
      ? report.lines.map((at) => row(at, at.line, [at.path, at.line, at.name]))
      : report.functions.map((at) => {
          // The lines come with most joules first.
          const hottest = report.lines.find(({ path, name }) => path === at.path && name === at.name);
          return row(at, hottest?.line ?? 0, [at.path, at.name]);
        });
  const compare = comparing[listing.sort];
  return rows.toSorted((one, other) => (listing.descending ? compare(other, one) : compare(one, other)));
}

const joules =
  (of: (row: LineRow) => number | null) =>
  (one: LineRow, other: LineRow): number =>
    // What is not known is less than nothing.
    (of(one) ?? Number.MIN_SAFE_INTEGER) - (of(other) ?? Number.MIN_SAFE_INTEGER);

const comparing: Readonly<Record<LineColumn, (one: LineRow, other: LineRow) => number>> = {
  place: (one, other) => (one.path === other.path ? one.line - other.line : one.path < other.path ? -1 : 1),
  energy: joules(({ energyJ }) => energyJ),
  active: joules(({ activeJ }) => activeJ),
  idle: joules(({ idleJ }) => idleJ),
};

/** The path as the user knows it: from the folder of the run where it lies below that. */
export function nearPath(path: string, folder: string): string {
  const below = path.startsWith(folder) ? path.slice(folder.length) : '';
  return /^[\\/]/.test(below) ? below.slice(1) : path;
}

/** `train.py:88`; the file alone where no line is known. */
export const placeText = (path: string, line: number): string =>
  line > 0 ? `${fileName(path)}:${line}` : fileName(path);
