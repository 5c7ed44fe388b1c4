/** What a check found, in the form that every output format is written from. */

import type { Confidence, Severity } from '../../contracts/findings.ts';
import type { Finding, FixSafety, Problem, Span } from '../../server/engine/finding.ts';
import { regionHash } from '../../server/engine/regionHash.ts';
import { Positions } from './positions.ts';

/** Lines and columns from 1 in code points; the end is the column behind the last character. */
export interface Region {
  /** Number of the notebook cell that the lines count in; null in a file. */
  readonly cell: number | null;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface Replacement extends Region {
  readonly text: string;
}

export interface ReportedFix {
  readonly safety: FixSafety;
  readonly title: string;
  readonly caveat: string | undefined;
  readonly replacements: readonly Replacement[];
}

export interface RelatedPlace extends Region {
  readonly path: string;
  readonly message: string;
}

export interface ReportedFinding extends Region {
  readonly rule: string;
  readonly path: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  readonly fixes: readonly ReportedFix[];
  readonly related: readonly RelatedPlace[];
  readonly regionHash: string;
  /** Hash of the finding's own lines. */
  readonly codeHash: string;
  /** The first line of the finding as it stands in the file. */
  readonly sourceLine: string;
}

export interface ReportedProblem extends Region {
  readonly kind: Problem['kind'];
  readonly path: string;
  readonly message: string;
}

export interface CheckStats {
  /** Files that were found or named, those included that could not be read. */
  readonly files: number;
  /** Files that gave no text. */
  readonly notChecked: number;
  /** Folders whose files are not known. */
  readonly notListed: number;
  /** Files that name a GPU framework; the others were not parsed. */
  readonly analysed: number;
  readonly lines: number;
  readonly ms: number;
}

/** What was left out because a baseline knows it. */
export interface BaselineStats {
  readonly known: number;
  /** Entries that match nothing any more. */
  readonly gone: number;
}

export interface CheckReport {
  readonly findings: readonly ReportedFinding[];
  readonly problems: readonly ReportedProblem[];
  readonly stats: CheckStats;
  readonly baseline?: BaselineStats;
  /** Files that `--fix` has changed; absent when it was not asked for. */
  readonly filesFixed?: number;
}

/** `3:7`, and in a notebook `cell 2:3:7`. */
export const placeText = ({ cell, line, column }: Region): string =>
  `${cell === null ? '' : `cell ${cell}:`}${line}:${column}`;

function region(positions: Positions, span: Span): Region {
  const cell = positions.cellAt(span.start);
  const start = positions.at(span.start);
  const end = positions.at(cell === undefined ? span.end : Math.min(span.end, cell.end));
  return {
    cell: cell?.number ?? null,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** Another file that a finding names a place in. */
export interface OtherFile {
  readonly path: string;
  readonly positions: Positions;
}

export function reportedFinding(
  path: string,
  positions: Positions,
  finding: Finding,
  otherFile: (path: string) => OtherFile | undefined = () => undefined,
): ReportedFinding {
  const own = region(positions, finding);
  return {
    ...own,
    rule: finding.rule,
    path,
    severity: finding.severity,
    confidence: finding.confidence,
    message: finding.message,
    fixes: finding.fixes.map((fix) => ({
      safety: fix.safety,
      title: fix.title,
      caveat: fix.caveat,
      replacements: fix.edits.map((edit) => ({ ...region(positions, edit), text: edit.text })),
    })),
    related: finding.related.flatMap((related) => {
      const file = related.path === undefined ? { path, positions } : otherFile(related.path);
      if (file === undefined) return [];
      return { ...region(file.positions, related), path: file.path, message: related.message };
    }),
    regionHash: finding.regionHash,
    codeHash: regionHash(positions.text, finding),
    sourceLine: positions.lineAt(finding.start),
  };
}

export function reportedProblem(path: string, positions: Positions, problem: Problem): ReportedProblem {
  return { ...region(positions, problem), kind: problem.kind, path, message: problem.message };
}

/** A file that gave no text has no place to point at but its beginning. */
export const unreadableProblem = (path: string, message: string): ReportedProblem =>
  reportedProblem(path, new Positions(''), { kind: 'unreadable', message, start: 0, end: 0 });
