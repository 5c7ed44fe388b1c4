import type { Confidence } from '../../contracts/findings.ts';
import type { Finding } from './finding.ts';

/** How sure a finding is, by the number of facts it takes for granted. */
export function confidenceOf(doubts: number): Confidence {
  if (doubts === 0) return 'certain';
  return doubts === 1 ? 'likely' : 'possible';
}

/** How sure a finding is once a run shows the kind of waste it tells of. */
export const inRuns = ({ confidence, confidenceInRuns }: Finding): Confidence =>
  confidenceInRuns ?? confidence;

/** What is only possible even then explains no run. */
export const isForRuns = (finding: Finding): boolean => inRuns(finding) !== 'possible';
