/**
 * What becomes of each finding in the editor: marked in the text, only listed because too little is sure, or hidden because
 * somebody has dismissed it. Every door of the editor answers from this.
 */

import type { Severity } from '../../contracts/findings.ts';
import type { Dismissal, Standing } from '../../contracts/opportunities.ts';
import type { Effective } from '../engine/configuration.ts';
import type { Finding } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { Dismissals } from './dismissals.ts';
import type { RuleText } from './engineDoor.ts';
import { atLeastWarning, byWeight, type Mark, measuredSentence } from './marks.ts';
import type { Measured, MeasuredHints } from './measured.ts';

/** A finding with all that is said of it, also where it is not marked. */
export interface Weighed extends Mark {
  readonly standing: Standing;
  /** Hides it everywhere in the editor. */
  readonly dismissal: Dismissal | undefined;
}

/** What marks depend on beside the findings. */
export interface Scales {
  readonly settings: Effective;
  readonly hints: MeasuredHints;
  readonly dismissals: Dismissals;
  readonly rules: readonly RuleText[];
}

/** Undefined where the user has switched the rule off. */
function standingOf(finding: Finding, measured: Measured | undefined, scales: Scales): Standing | undefined {
  const rule = scales.settings.rules.get(finding.rule);
  if (rule === undefined) return undefined;
  if (!rule.on.value) {
    // Off because nobody has said anything yet, not because somebody wants it off.
    const stage = scales.rules.find(({ name }) => name === finding.rule)?.stage;
    return rule.on.origin.kind === 'default' && stage === 'preview' ? 'preview' : undefined;
  }
  return finding.confidence === 'possible' && measured?.verdict !== 'confirmed' ? 'unsure' : 'marked';
}

function severityOf(
  finding: Finding,
  settings: Effective,
  measured: Measured | undefined,
  standing: Standing,
): Severity {
  const asked = settings.rules.get(finding.rule)?.severity.value ?? finding.severity;
  if (measured?.verdict === 'refuted') return 'hint';
  return measured?.verdict === 'confirmed' && standing === 'marked' ? atLeastWarning(asked) : asked;
}

export function weigh(analysis: Analysis, scales: Scales): readonly Weighed[] {
  return analysis.result.findings.flatMap((finding): Weighed[] => {
    const measured = scales.hints.of(finding.rule, analysis.path, finding.regionHash);
    const standing = standingOf(finding, measured, scales);
    if (standing === undefined) return [];
    const severity = severityOf(finding, scales.settings, measured, standing);
    const message =
      measured === undefined ? finding.message : `${finding.message} ${measuredSentence(measured)}`;
    const said = scales.dismissals.of(analysis, finding);
    // "Too little to matter" is a guess about joules: a run that measured them knows better.
    const outranked = said?.kind === 'tinyData' && measured?.verdict === 'confirmed';
    return [{ finding, severity, message, measured, standing, dismissal: outranked ? undefined : said }];
  });
}

/** What the text shows, and every feature answers from. */
export const marksAmong = (weighed: readonly Weighed[]): readonly Mark[] =>
  weighed
    .filter(({ standing, dismissal }) => standing === 'marked' && dismissal === undefined)
    .sort(byWeight);

/** What is listed beside the text and not marked in it. */
export const adviceAmong = (weighed: readonly Weighed[]): readonly Mark[] =>
  weighed.filter(({ standing, dismissal }) => standing !== 'marked' && dismissal === undefined);

/** A guess that there is too little to do is put to the test by every run; what is intended is no news to it. */
export const marksForRuns = (weighed: readonly Weighed[]): readonly Mark[] =>
  weighed
    .filter(({ standing, dismissal }) => standing === 'marked' && dismissal?.kind !== 'intended')
    .sort(byWeight);
