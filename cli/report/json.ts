import type { CheckReport, Region } from './report.ts';

/** Raised when a field is renamed or removed; new fields do not raise it. Described in docs/check-output.md. */
const version = 1;

const place = (region: Region): Omit<Region, 'cell'> => ({
  line: region.line,
  column: region.column,
  endLine: region.endLine,
  endColumn: region.endColumn,
});

export function jsonReport(report: CheckReport): string {
  const findings = report.findings.map((finding) => {
    const fix = finding.fixes[0];
    return {
      rule: finding.rule,
      path: finding.path,
      ...place(finding),
      cell: finding.cell,
      severity: finding.severity,
      confidence: finding.confidence,
      message: finding.message,
      fix: fix === undefined ? null : { safety: fix.safety, title: fix.title },
      related: finding.related.map((related) => ({
        path: related.path,
        ...place(related),
        cell: related.cell,
        message: related.message,
      })),
    };
  });
  const problems = report.problems.map((problem) => ({
    kind: problem.kind,
    path: problem.path,
    ...place(problem),
    cell: problem.cell,
    message: problem.message,
  }));
  const { files, analysed, lines, ms } = report.stats;
  return `${JSON.stringify({ version, findings, problems, stats: { files, analysed, lines, ms } }, null, 2)}\n`;
}
