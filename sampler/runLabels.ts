/** What a person writes of a run: kept as typed, without what a line of text cannot hold. */

import type { RunLabels, RunSummary } from '../contracts/runs.ts';

const longestName = 120;
const longestNote = 2_000;
const longestTag = 40;
const mostTags = 20;

/** With what the sampler notes beside them. */
export type KeptLabels = Partial<RunLabels> & Pick<RunSummary, 'pinnedAtMs' | 'pastPins'>;

/** A pin that stands keeps its time, also once it is gone: what was run meanwhile stays held against it. */
export function pinTime(run: RunSummary, { baseline }: Partial<RunLabels>, nowMs: number): KeptLabels {
  if (baseline === undefined) return {};
  const stands = run.baseline === true ? (run.pinnedAtMs ?? null) : null;
  if (baseline) return { pinnedAtMs: stands ?? nowMs };
  const past =
    stands === null ? {} : { pastPins: [...(run.pastPins ?? []), { fromMs: stands, toMs: nowMs }] };
  return { pinnedAtMs: null, ...past };
}

/** The text in one line. */
const line = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** Only the given ones; an empty name is none. A tag stands there once. */
export function cleanLabels({ name, note, tags, baseline }: Partial<RunLabels>): Partial<RunLabels> {
  const cleanName = line(name ?? '').slice(0, longestName);
  const cleanTags = (tags ?? []).map((tag) => line(tag).replace(/^#+/, '').slice(0, longestTag));
  return {
    ...(cleanName === '' ? {} : { name: cleanName }),
    ...(note === undefined ? {} : { note: line(note).slice(0, longestNote) }),
    ...(tags === undefined ? {} : { tags: [...new Set(cleanTags)].filter(Boolean).slice(0, mostTags) }),
    ...(baseline === undefined ? {} : { baseline: baseline === true }),
  };
}
