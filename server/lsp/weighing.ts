/**
 * What becomes of each finding in the editor: marked in the text, only listed because too little is sure, or hidden because
 * somebody has dismissed it. Every door of the editor answers from this.
 */

import type { Severity } from '../../contracts/findings.ts';
import type { Dismissal, Standing } from '../../contracts/opportunities.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import { tracedClause } from '../../contracts/traceText.ts';
import { isForRuns } from '../engine/confidence.ts';
import type { Effective } from '../engine/configuration.ts';
import type { Finding } from '../engine/finding.ts';
import type { Analysis } from './analyses.ts';
import type { Dismissals } from './dismissals.ts';
import type { RuleText } from './engineDoor.ts';
import { atLeastWarning, byWeight, flatTraced, type Mark, measuredSentence } from './marks.ts';
import type { Measured, MeasuredHints } from './measured.ts';
import type { TracedHints } from './traced.ts';

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
  readonly traces: TracedHints;
  readonly dismissals: Dismissals;
  readonly rules: readonly RuleText[];
}

type Verdict = Measured['verdict'];

/**
 * A trace tells the place where a run tells the kind, so a place that it retires is retired. That the host waits wastes
 * nothing while the GPU is at work: where a run shows no waste and the trace a wait, neither decides.
 */
function verdictOf(measured: Measured | undefined, traced: TracedHint | undefined): Verdict | undefined {
  if (traced?.verdict === 'retired') return 'refuted';
  if (traced === undefined) return measured?.verdict;
  return measured?.verdict === 'refuted' ? undefined : 'confirmed';
}

/** Undefined where the user has switched the rule off. */
function standingOf(finding: Finding, verdict: Verdict | undefined, scales: Scales): Standing | undefined {
  const rule = scales.settings.rules.get(finding.rule);
  if (rule === undefined) return undefined;
  if (!rule.on.value) {
    // Off because nobody has said anything yet, not because somebody wants it off.
    const stage = scales.rules.find(({ name }) => name === finding.rule)?.stage;
    return rule.on.origin.kind === 'default' && stage === 'preview' ? 'preview' : undefined;
  }
  return finding.confidence === 'possible' && verdict !== 'confirmed' ? 'unsure' : 'marked';
}

function severityOf(
  finding: Finding,
  settings: Effective,
  verdict: Verdict | undefined,
  standing: Standing,
): Severity {
  const asked = settings.rules.get(finding.rule)?.severity.value ?? finding.severity;
  if (verdict === 'refuted') return 'hint';
  return verdict === 'confirmed' && standing === 'marked' ? atLeastWarning(asked) : asked;
}

export function weigh(analysis: Analysis, scales: Scales): readonly Weighed[] {
  return analysis.result.findings.flatMap((finding): Weighed[] => {
    const { rule, regionHash } = finding;
    const traced = scales.traces.of(rule, analysis.path, regionHash);
    const ofRun = scales.hints.of(rule, analysis.path, regionHash);
    const verdict = verdictOf(ofRun, traced);
    // Joules of the kind are not those of a place that is known not to wait.
    const measured = verdict === 'refuted' && ofRun?.verdict === 'confirmed' ? undefined : ofRun;
    const standing = standingOf(finding, verdict, scales);
    if (standing === undefined) return [];
    const severity = severityOf(finding, scales.settings, verdict, standing);
    const message = [
      finding.message,
      ...(measured === undefined ? [] : [measuredSentence(measured)]),
      ...(traced === undefined ? [] : [`${tracedClause(flatTraced(traced))}.`]),
    ].join(' ');
    const said = scales.dismissals.of(analysis, finding);
    // "Too little to matter" is a guess about joules: a run that measured them knows better.
    const outranked = said?.kind === 'tinyData' && measured?.verdict === 'confirmed';
    return [
      { finding, severity, message, measured, traced, standing, dismissal: outranked ? undefined : said },
    ];
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
    .filter(
      ({ finding, standing, dismissal }) =>
        (standing === 'marked' || (standing === 'unsure' && isForRuns(finding))) &&
        dismissal?.kind !== 'intended',
    )
    .sort(byWeight);
