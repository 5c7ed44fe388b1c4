import type { MeasuredHint } from '../../contracts/findings.ts';

export interface Measured extends MeasuredHint {
  /** How many places of the run share the joules: they are one figure and must not be added up. */
  readonly sharedBy: number;
}

export const place = (rule: string, path: string, regionHash: string): string =>
  JSON.stringify([rule, path, regionHash]);

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isAmount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function isMeasuredHint(value: unknown): value is MeasuredHint {
  if (typeof value !== 'object' || value === null) return false;
  const hint = value as Readonly<Record<string, unknown>>;
  return (
    [hint['rule'], hint['path'], hint['regionHash'], hint['runId'], hint['runName']].every(isText) &&
    [hint['energyJ'], hint['share']].every(isAmount) &&
    (hint['verdict'] === 'confirmed' || hint['verdict'] === 'refuted') &&
    typeof hint['simulated'] === 'boolean'
  );
}

/** What runs have said about findings. A changed region has another hash, so its measurement is simply not found. */
export class MeasuredHints {
  #byPlace = new Map<string, Measured>();
  #given = '[]';

  /** Takes the whole new set. For a place named more than once the first hint stands: the sender puts the newest first. False when nothing changed. */
  replace(params: unknown): boolean {
    const given = typeof params === 'object' && params !== null && 'hints' in params ? params.hints : [];
    const hints = Array.isArray(given) ? given.filter(isMeasuredHint) : [];
    const before = this.#given;
    this.#given = JSON.stringify(hints);
    if (this.#given === before) return false;
    const figure = (hint: MeasuredHint): string => JSON.stringify([hint.runId, hint.energyJ, hint.verdict]);
    const places = new Map<string, Set<string>>();
    for (const hint of hints) {
      const set = places.get(figure(hint)) ?? new Set();
      places.set(figure(hint), set.add(place(hint.rule, hint.path, hint.regionHash)));
    }
    this.#byPlace = new Map();
    for (const hint of hints) {
      const key = place(hint.rule, hint.path, hint.regionHash);
      if (this.#byPlace.has(key)) continue;
      this.#byPlace.set(key, { ...hint, sharedBy: places.get(figure(hint))?.size ?? 1 });
    }
    return true;
  }

  of(rule: string, path: string, regionHash: string): Measured | undefined {
    return this.#byPlace.get(place(rule, path, regionHash));
  }
}
