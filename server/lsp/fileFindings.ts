import { TextDocument } from 'vscode-languageserver-textdocument';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { FileProblem, FindingsResult } from '../../contracts/lspExtensions.ts';
import { inRuns } from '../engine/confidence.ts';
import type { Problem } from '../engine/finding.ts';
import type { ProjectFile } from '../projectFiles.ts';
import type { Analysis } from './analyses.ts';
import { diskPath, documentPath } from './documentPath.ts';
import type { Mark } from './marks.ts';
import { sheetAt } from './sheets.ts';

/** The findings of a file as a run keeps them: where the joules it measures may come from; and what keeps them from being all. */
export function fileFindings(
  analysis: Analysis,
  marks: readonly Mark[],
  problems: readonly Problem[],
  projectFile: ProjectFile | undefined,
): FindingsResult {
  // Inside the cell for notebooks, as on the command line.
  const line = (offset: number): number => {
    const sheet = sheetAt(analysis.sheets, offset);
    return sheet === undefined ? 1 : sheet.document.positionAt(offset - sheet.start).line + 1;
  };
  return {
    usesGpuFramework: analysis.result.analysed,
    problems: [
      ...problems.map(
        ({ start, message }): FileProblem => ({
          path: analysis.path,
          cell: sheetAt(analysis.sheets, start)?.cell ?? null,
          line: line(start),
          message,
        }),
      ),
      ...(projectFile === undefined ? [] : problemsOf(projectFile)),
    ],
    findings: marks.map(
      ({ finding }): StaticFinding => ({
        rule: finding.rule,
        path: analysis.path,
        line: line(finding.start),
        endLine: line(finding.end),
        message: finding.message,
        // As the checker says, not as an earlier run has raised or lowered it.
        severity: finding.severity,
        confidence: inRuns(finding),
        regionHash: finding.regionHash,
        wasteKind: finding.wasteKind,
        fixTitle: finding.fixes[0]?.title ?? null,
      }),
    ),
  };
}

/** Nothing looked at is not nothing found. */
export function notLookedAt(uri: string): FindingsResult {
  const message =
    diskPath(uri) === undefined
      ? 'This is no Python file and no notebook by its ending: others are checked while the editor shows them as Python.'
      : 'The file does not exist or cannot be reached.';
  return {
    findings: [],
    usesGpuFramework: false,
    problems: [{ path: documentPath(uri), cell: null, line: 1, message }],
  };
}

function problemsOf({ path, text, problems }: ProjectFile): readonly FileProblem[] {
  const document = TextDocument.create('', 'toml', 0, text);
  return problems.map(({ start, message }) => ({
    path,
    cell: null,
    line: document.positionAt(start).line + 1,
    message,
  }));
}
