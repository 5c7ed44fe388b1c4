/** A comparison in one line, the same on the command line and in reports. */

import type { Comparison, Verdict } from './runs.ts';

const words: Readonly<Record<Verdict, string>> = {
  better: 'less energy per step',
  worse: 'more energy per step',
  notDistinguishable: 'not distinguishable',
  notComparable: 'not comparable',
};

const percent = (share: number): string =>
  `${share > 0 ? '+' : share < 0 ? '−' : ''}${(Math.abs(share) * 100).toFixed(1)} %`;

/** `less energy per step: −31.2 % (95 % interval −33.0 % to −29.1 %)`, or why there is no figure. */
export function verdictLine(
  { verdict, change, interval }: Pick<Comparison, 'verdict' | 'change' | 'interval'>,
  simulated: boolean,
): string {
  const said = `${words[verdict]}${simulated ? ' (simulated)' : ''}`;
  // A sampler of another version may send a change beside "not comparable".
  if (verdict === 'notComparable' || change === null) return said;
  const range =
    interval === null ? '' : ` (95 % interval ${percent(interval[0])} to ${percent(interval[1])})`;
  return `${said}: ${percent(change)}${range}`;
}

export const changeText = (comparison: Comparison): string =>
  verdictLine(comparison, comparison.baseline.simulated || comparison.run.simulated);
