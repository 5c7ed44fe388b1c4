import type { TracedHint } from '../../contracts/trace.ts';
import { isAmount, isText, place } from './measured.ts';

function isTracedHint(value: unknown): value is TracedHint {
  if (typeof value !== 'object' || value === null) return false;
  const hint = value as Readonly<Record<string, unknown>>;
  return (
    [hint['rule'], hint['path'], hint['regionHash'], hint['file'], hint['runId']].every(isText) &&
    [hint['waitMs'], hint['calls'], hint['steps'], hint['share']].every(isAmount) &&
    (hint['verdict'] === 'confirmed' || hint['verdict'] === 'retired') &&
    (hint['within'] === null || isText(hint['within']))
  );
}

/** What profiler traces have said of findings. A changed region has another hash, so its verdict is simply not found. */
export class TracedHints {
  #byPlace = new Map<string, TracedHint>();
  #given = '[]';

  /** Takes the whole new set. False when nothing changed. */
  replace(params: unknown): boolean {
    const given = typeof params === 'object' && params !== null && 'hints' in params ? params.hints : [];
    const hints = Array.isArray(given) ? given.filter(isTracedHint) : [];
    const before = this.#given;
    this.#given = JSON.stringify(hints);
    if (this.#given === before) return false;
    this.#byPlace = new Map(hints.map((hint) => [place(hint.rule, hint.path, hint.regionHash), hint]));
    return true;
  }

  of(rule: string, path: string, regionHash: string): TracedHint | undefined {
    return this.#byPlace.get(place(rule, path, regionHash));
  }
}
