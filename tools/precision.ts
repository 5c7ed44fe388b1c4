/** Precision from verdicts: how many findings were right, doubt counted as wrong, with the lower end of the interval. */

export type Verdict = 'right' | 'wrong' | 'doubtful';

export interface Figure {
  readonly judged: number;
  readonly right: number;
  readonly wrong: number;
  readonly doubtful: number;
  /** Share of the right ones, to three places; null where nothing was judged. */
  readonly precision: number | null;
  /** Lower end of Wilson's 95 % interval, to three places. */
  readonly wilson95Low: number | null;
}

const rounded = (share: number): number => Math.round(share * 1000) / 1000;

export function precision(verdicts: readonly Verdict[]): Figure {
  const count = (verdict: Verdict): number => verdicts.filter((v) => v === verdict).length;
  const [judged, right] = [verdicts.length, count('right')];
  return {
    judged,
    right,
    wrong: count('wrong'),
    doubtful: count('doubtful'),
    precision: judged === 0 ? null : rounded(right / judged),
    wilson95Low: judged === 0 ? null : rounded(wilsonLow(right, judged)),
  };
}

function wilsonLow(right: number, judged: number): number {
  const z = 1.959964;
  const share = right / judged;
  const middle = share + (z * z) / (2 * judged);
  const half = z * Math.sqrt((share * (1 - share)) / judged + (z * z) / (4 * judged * judged));
  return (middle - half) / (1 + (z * z) / judged);
}
