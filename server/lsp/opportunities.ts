/** All that a file could save energy with, for the list beside the editor: what is marked, and what is too unsure to be. */

import type {
  FileOpportunities,
  HiddenFinding,
  MeasuredOpportunity,
  Opportunity,
  TextRange,
} from '../../contracts/opportunities.ts';
import { dismissalKey } from '../../contracts/opportunities.ts';
import type { Span } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { Dismissals } from './dismissals.ts';
import type { RuleText } from './engineDoor.ts';
import type { Measured } from './measured.ts';
import { rangeIn, sheetAt } from './sheets.ts';
import type { Weighed } from './weighing.ts';

function placeOf({ sheets, uri }: Analysis, span: Span): { readonly uri: string; readonly range: TextRange } {
  const sheet = sheetAt(sheets, span.start);
  if (sheet === undefined) return { uri, range: { startLine: 0, startColumn: 0, endLine: 0, endColumn: 0 } };
  const { start, end } = rangeIn(sheet, span);
  return {
    uri: sheet.uri,
    range: {
      startLine: start.line,
      startColumn: start.character,
      endLine: end.line,
      endColumn: end.character,
    },
  };
}

function measuredFor(measured: Measured | undefined): MeasuredOpportunity | null {
  if (measured === undefined) return null;
  const { verdict, energyJ, share, runName, simulated, sharedBy } = measured;
  return { verdict, energyJ, share, runName, simulated, sharedBy };
}

export function opportunitiesIn(
  uri: string,
  analysis: Analysis,
  weighed: readonly Weighed[],
  dismissals: Dismissals,
  rules: readonly RuleText[],
): FileOpportunities {
  const opportunities: Opportunity[] = [];
  const hidden: HiddenFinding[] = [];
  for (const { finding, message, severity, standing, measured, traced, dismissal } of weighed) {
    const { rule, confidence, fixes } = finding;
    const place = placeOf(analysis, finding);
    if (dismissal !== undefined) {
      hidden.push({ key: dismissalKey(dismissal), rule, ...place });
      continue;
    }
    opportunities.push({
      rule,
      ...place,
      message,
      why: rules.find(({ name }) => name === rule)?.why ?? '',
      severity,
      confidence,
      standing,
      measured: measuredFor(measured),
      traced: traced ?? null,
      fixTitle: fixes[0]?.title ?? null,
      target: dismissals.target(analysis, finding),
    });
  }
  return { uri, opportunities, hidden };
}
