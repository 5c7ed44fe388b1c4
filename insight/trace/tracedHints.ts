/** What of a reading is told at the hints themselves: decided, and held by the text it was decided for. */

import type { TracedHint, TraceReading } from '../../contracts/trace.ts';

export function tracedHints({ file, runId, summary, findings }: TraceReading): readonly TracedHint[] {
  if (runId === null) return [];
  const nameOf = ({ rule, path, regionHash }: (typeof findings)[number]): string =>
    JSON.stringify([rule, path, regionHash]);
  return findings.flatMap((finding): TracedHint[] => {
    const { rule, path, regionHash, verdict, share, seen } = finding;
    if (verdict === 'open' || seen === null || share === null) return [];
    // Two places of the same text have one name, and a verdict on one of them is none on the other.
    if (findings.filter((other) => nameOf(other) === nameOf(finding)).length > 1) return [];
    const { steps } = summary;
    return [{ rule, path, regionHash, verdict, share, ...seen, steps, file, runId }];
  });
}
