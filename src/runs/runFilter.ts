/** Which runs a filter text leaves in the list. Plain values, no editor types. */

import type { RunSummary } from '../../contracts/runs.ts';

/** Every word must be found in the run's texts, in any case; `#word` is a tag as a whole. An empty filter leaves all. */
export function matchesFilter(run: RunSummary, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const tags = (run.tags ?? []).map((tag) => tag.toLowerCase());
  const text = [run.name, run.command, run.cwd, run.note ?? '', `run ${run.number}`, ...tags]
    .join('\n')
    .toLowerCase();
  return words.every((word) => (word.startsWith('#') ? tags.includes(word.slice(1)) : text.includes(word)));
}

/** Tags as one types them: `warm-up, lr 1e-3`. */
export const tagsOf = (typed: string): readonly string[] =>
  typed
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);
