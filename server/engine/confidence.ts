import type { Confidence } from '../../contracts/findings.ts';

/** How sure a finding is, by the number of facts it takes for granted. */
export function confidenceOf(doubts: number): Confidence {
  if (doubts === 0) return 'certain';
  return doubts === 1 ? 'likely' : 'possible';
}
