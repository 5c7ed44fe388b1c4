import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Location,
} from 'vscode-languageserver';
import type { Severity } from '../../contracts/findings.ts';
import type { ProblemCode } from '../../contracts/lspExtensions.ts';
import type { Problem, Related, Span } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { HintSettings } from './hintSettings.ts';
import type { Mark } from './marks.ts';
import { rangeIn, type Sheet, sheetAt } from './sheets.ts';

export const diagnosticSource = 'perjoule';

const lspSeverity: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** What comes back with a code action request. */
export interface DiagnosticData {
  readonly rule: string;
  readonly regionHash: string;
  readonly fixes: readonly string[];
  readonly runId?: string;
}

function locationOf(analysis: Analysis, sheet: Sheet, related: Related): Location {
  const sheets =
    (related.path === undefined ? undefined : analysis.others.get(related.path)) ?? analysis.sheets;
  const at = sheetAt(sheets, related.start) ?? sheet;
  return { uri: at.uri, range: rangeIn(at, related) };
}

/** Permanent within an analysis, and readable in a log. */
export const fixId = (rule: string, index: number): string => `${rule}/${index}`;

/** The diagnostic of a mark on the sheet where it stands. */
export function diagnosticOf(
  analysis: Analysis,
  sheet: Sheet,
  settings: HintSettings,
  mark: Mark,
): Diagnostic {
  const { finding } = mark;
  const data: DiagnosticData = {
    rule: finding.rule,
    regionHash: finding.regionHash,
    fixes: finding.fixes.map((_, index) => fixId(finding.rule, index)),
    ...(mark.measured === undefined ? {} : { runId: mark.measured.runId }),
  };
  return {
    range: rangeIn(sheet, finding),
    severity: lspSeverity[mark.severity],
    code: finding.rule,
    ...(settings.rulePages === undefined
      ? {}
      : { codeDescription: { href: `${settings.rulePages}/${encodeURIComponent(finding.rule)}.md` } }),
    source: diagnosticSource,
    message: mark.message,
    relatedInformation: finding.related.map(
      (related): DiagnosticRelatedInformation => ({
        location: locationOf(analysis, sheet, related),
        message: related.message,
      }),
    ),
    data,
  };
}

/** Comments that suppress nothing are shown greyed out; a failed rule is for the log, an unreadable file is silence. */
function problemDiagnostic(sheet: Sheet, problem: Problem): Diagnostic[] {
  if (problem.kind !== 'staleSuppression' && problem.kind !== 'unknownRule') return [];
  const code: ProblemCode = problem.kind === 'staleSuppression' ? 'stale-suppression' : 'unknown-rule';
  return [
    {
      range: rangeIn(sheet, problem),
      severity: DiagnosticSeverity.Hint,
      code,
      source: diagnosticSource,
      message: problem.message,
      ...(problem.kind === 'staleSuppression' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    },
  ];
}

/** What stands on one sheet of an analysis. */
export function diagnosticsOf(
  analysis: Analysis,
  sheet: Sheet,
  settings: HintSettings,
  marks: readonly Mark[],
): Diagnostic[] {
  const isHere = ({ start }: Span): boolean => sheetAt(analysis.sheets, start) === sheet;
  const items = [
    ...marks
      .filter(({ finding }) => isHere(finding))
      .map((mark) => diagnosticOf(analysis, sheet, settings, mark)),
    ...analysis.result.problems.filter(isHere).flatMap((problem) => problemDiagnostic(sheet, problem)),
  ];
  if (sheet.cell === undefined) return items;
  // Lines count within the cell; only the message can name it.
  return items.map((item) => ({ ...item, message: `Cell ${sheet.cell}: ${item.message}` }));
}
