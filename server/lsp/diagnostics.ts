import {
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  DiagnosticTag,
  type Location,
  type Range,
} from 'vscode-languageserver';
import type { Severity } from '../../contracts/findings.ts';
import type { Problem, Related, Span } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { HintSettings } from './hintSettings.ts';
import type { Mark } from './marks.ts';

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

export function rangeOf(analysis: Analysis, span: Span): Range {
  return {
    start: analysis.document.positionAt(span.start),
    end: analysis.document.positionAt(span.end),
  };
}

function locationOf(analysis: Analysis, related: Related): Location {
  const other = related.path === undefined ? undefined : analysis.others.get(related.path);
  const document = other ?? analysis.document;
  return {
    uri: other?.uri ?? analysis.uri,
    range: { start: document.positionAt(related.start), end: document.positionAt(related.end) },
  };
}

/** Permanent within an analysis, and readable in a log. */
export const fixId = (rule: string, index: number): string => `${rule}/${index}`;

export function diagnosticOf(analysis: Analysis, settings: HintSettings, mark: Mark): Diagnostic {
  const { finding } = mark;
  const data: DiagnosticData = {
    rule: finding.rule,
    regionHash: finding.regionHash,
    fixes: finding.fixes.map((_, index) => fixId(finding.rule, index)),
    ...(mark.measured === undefined ? {} : { runId: mark.measured.runId }),
  };
  return {
    range: rangeOf(analysis, finding),
    severity: lspSeverity[mark.severity],
    code: finding.rule,
    ...(settings.rulePages === undefined
      ? {}
      : { codeDescription: { href: `${settings.rulePages}/${encodeURIComponent(finding.rule)}.md` } }),
    source: diagnosticSource,
    message: mark.message,
    relatedInformation: finding.related.map(
      (related): DiagnosticRelatedInformation => ({
        location: locationOf(analysis, related),
        message: related.message,
      }),
    ),
    data,
  };
}

/** Comments that suppress nothing are shown greyed out; a failed rule is for the log, an unreadable file is silence. */
function problemDiagnostic(analysis: Analysis, problem: Problem): Diagnostic[] {
  if (problem.kind !== 'staleSuppression' && problem.kind !== 'unknownRule') return [];
  return [
    {
      range: rangeOf(analysis, problem),
      severity: DiagnosticSeverity.Hint,
      code: problem.kind === 'staleSuppression' ? 'stale-suppression' : 'unknown-rule',
      source: diagnosticSource,
      message: problem.message,
      ...(problem.kind === 'staleSuppression' ? { tags: [DiagnosticTag.Unnecessary] } : {}),
    },
  ];
}

export function diagnosticsOf(
  analysis: Analysis,
  settings: HintSettings,
  marks: readonly Mark[],
): Diagnostic[] {
  return [
    ...marks.map((mark) => diagnosticOf(analysis, settings, mark)),
    ...analysis.result.problems.flatMap((problem) => problemDiagnostic(analysis, problem)),
  ];
}
