/** A comparison in words. "Not distinguishable" is an answer, and is said as loudly as a saving. */

import type { Comparison } from '../contracts/runs.ts';
import { formatEnergy, formatShare } from '../contracts/units.ts';

export interface VerdictText {
  readonly headline: string;
  readonly detail: string;
}

export function verdictText(comparison: Comparison): VerdictText {
  const { verdict, change, interval, baseline, run } = comparison;
  if (verdict === 'notComparable' || change === null) {
    return {
      headline: 'Not comparable',
      detail: 'These two runs do not allow a statement about energy per step.',
    };
  }
  const range =
    interval === null ? '' : `95 % interval: ${changeWords(interval[0])} to ${changeWords(interval[1])}.`;
  if (verdict === 'notDistinguishable') {
    return {
      headline: 'Not distinguishable',
      detail:
        interval === null
          ? 'The steps vary more than the runs differ.'
          : // A small difference that the interval shows is not called either: the caveats say why.
            `${range}${interval[0] <= 0 && interval[1] >= 0 ? ' It includes no change at all.' : ''}`,
    };
  }
  const stepJ =
    run.perStepJ === null || baseline.perStepJ === null
      ? ''
      : ` ${formatEnergy(Math.abs(run.perStepJ - baseline.perStepJ))} ${change < 0 ? 'less' : 'more'} for each step.`;
  return {
    headline: `${formatShare(Math.abs(change))} ${change < 0 ? 'less' : 'more'} energy per step`,
    detail: `${range}${stepJ}`.trim(),
  };
}

export function changeWords(change: number): string {
  if (change === 0) return 'no change';
  return `${formatShare(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`;
}

export function signedShare(change: number): string {
  if (change === 0) return '0 %';
  return `${change < 0 ? '−' : '+'}${formatShare(Math.abs(change))}`;
}
