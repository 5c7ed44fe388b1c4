import type { Severity } from '../../contracts/findings.ts';
import type { CheckReport, Region } from './report.ts';

const command: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  information: 'notice',
  hint: 'notice',
};

/** Workflow commands end at a line end, their properties also at a comma or a colon. */
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

function annotation(kind: string, path: string, title: string, message: string, at: Region): string {
  // A line within a cell is no line of the file.
  if (at.cell !== null) {
    const where = `Cell ${at.cell}, line ${at.line}: `;
    return `::${kind} file=${property(path)},title=${property(title)}::${data(where + message)}\n`;
  }
  // A column range is only understood within one line.
  const columns = at.line === at.endLine ? `,col=${at.column},endColumn=${at.endColumn}` : '';
  const place = `file=${property(path)},line=${at.line},endLine=${at.endLine}${columns}`;
  return `::${kind} ${place},title=${property(title)}::${data(message)}\n`;
}

/** Annotations of a GitHub workflow run. */
export function githubReport(report: CheckReport): string {
  return [
    ...report.findings.map((finding) =>
      annotation(
        command[finding.severity],
        finding.path,
        `Perjoule (${finding.rule})`,
        finding.message,
        finding,
      ),
    ),
    ...report.problems.map((problem) =>
      annotation('notice', problem.path, 'Perjoule', problem.message, problem),
    ),
  ].join('');
}
