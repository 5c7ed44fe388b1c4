import type { StaticFinding } from '../../contracts/findings.ts';
import type { FindingsResult } from '../../contracts/lspExtensions.ts';
import type { Analysis } from './analyses.ts';
import type { Mark } from './marks.ts';
import { sheetAt } from './sheets.ts';

/** The findings of a file as a run keeps them: where the joules it measures may come from. */
export function fileFindings(analysis: Analysis | undefined, marks: readonly Mark[]): FindingsResult {
  if (analysis === undefined) return { findings: [], usesGpuFramework: false };
  // Inside the cell for notebooks, as on the command line.
  const line = (offset: number): number => {
    const sheet = sheetAt(analysis.sheets, offset);
    return sheet === undefined ? 1 : sheet.document.positionAt(offset - sheet.start).line + 1;
  };
  return {
    usesGpuFramework: analysis.result.analysed,
    findings: marks.map(
      ({ finding }): StaticFinding => ({
        rule: finding.rule,
        path: analysis.path,
        line: line(finding.start),
        endLine: line(finding.end),
        message: finding.message,
        // As the checker says, not as an earlier run has raised or lowered it.
        severity: finding.severity,
        confidence: finding.confidence,
        regionHash: finding.regionHash,
        wasteKind: finding.wasteKind,
        fixTitle: finding.fixes[0]?.title ?? null,
      }),
    ),
  };
}
