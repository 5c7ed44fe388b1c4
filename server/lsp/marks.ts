/** A mark is a finding as the editor shows it: after the settings and what runs have measured. */

import type { Severity } from '../../contracts/findings.ts';
import type { TracedHint } from '../../contracts/trace.ts';
import { formatEnergy, formatShare, formatWattHours } from '../../contracts/units.ts';
import type { Finding } from '../engine/finding.ts';
import type { Measured } from './measured.ts';
import { oneLine } from './outsideText.ts';

export interface Mark {
  readonly finding: Finding;
  readonly severity: Severity;
  readonly message: string;
  readonly measured: Measured | undefined;
  readonly traced: TracedHint | undefined;
}

const rank: Readonly<Record<Severity, number>> = { error: 0, warning: 1, information: 2, hint: 3 };

export const atLeastWarning = (severity: Severity): Severity =>
  rank[severity] > rank.warning ? 'warning' : severity;

/** Plain text, as diagnostics are; the joules stand with their share and are never shown without "simulated". */
export function measuredSentence(measured: Measured): string {
  const run = `run “${oneLine(measured.runName)}”`;
  const where = measured.simulated ? ' on the simulated GPU' : '';
  if (measured.verdict === 'refuted')
    return `Refuted${where}: ${run} had steps enough to show this waste and did not.`;
  const figure = `${formatEnergy(measured.energyJ)} (${formatWattHours(measured.energyJ)})`;
  const shared = measured.sharedBy > 1 ? `, one figure for ${measured.sharedBy} places` : '';
  return `Measured${where}: ${figure}, ${formatShare(measured.share)} of ${run}${shared}.`;
}

/** Its names fit one line each. */
export const flatTraced = (traced: TracedHint): TracedHint => ({
  ...traced,
  file: oneLine(traced.file),
  within: traced.within === null ? null : oneLine(traced.within),
});

const energy = (mark: Mark): number => (mark.measured?.verdict === 'confirmed' ? mark.measured.energyJ : -1);

const waited = ({ traced }: Mark): number => (traced?.verdict === 'confirmed' ? traced.share : 0);

/** Measured waste first, the largest before the others; then what a trace has shown; then by severity and place. */
export function byWeight(a: Mark, b: Mark): number {
  return (
    energy(b) - energy(a) ||
    waited(b) - waited(a) ||
    rank[a.severity] - rank[b.severity] ||
    a.finding.start - b.finding.start
  );
}
