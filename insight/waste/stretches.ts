/** Stretches of a run for drawing: neighbours are joined, and the closer ones too when there are too many. */

const mostStretches = 200;
const firstJoinMs = 1000;

type Stretch = readonly [fromMs: number, toMs: number];

export interface Stretches {
  /** In order of their beginnings. */
  add(fromMs: number, toMs: number): void;
  list(): readonly Stretch[];
}

export function joined(stretches: readonly Stretch[], joinMs: number): Stretch[] {
  const result: Stretch[] = [];
  for (const [fromMs, toMs] of stretches) {
    const last = result.at(-1);
    if (last !== undefined && fromMs - last[1] <= joinMs)
      result[result.length - 1] = [last[0], Math.max(last[1], toMs)];
    else result.push([fromMs, toMs]);
  }
  return result;
}

/** Of several GPUs or kinds of evidence as one list. */
export function union(lists: readonly (readonly Stretch[])[]): readonly Stretch[] {
  const all = lists.flat().sort((one, other) => one[0] - other[0]);
  let joinMs = firstJoinMs;
  let result = joined(all, joinMs);
  while (result.length > mostStretches) {
    joinMs *= 2;
    result = joined(result, joinMs);
  }
  return result.map(([fromMs, toMs]) => [Math.round(fromMs), Math.round(toMs)]);
}

export function createStretches(): Stretches {
  let kept: Stretch[] = [];
  let joinMs = firstJoinMs;
  return {
    add(fromMs, toMs) {
      const last = kept.at(-1);
      if (last !== undefined && fromMs - last[1] <= joinMs)
        kept[kept.length - 1] = [last[0], Math.max(last[1], toMs)];
      else kept.push([fromMs, toMs]);
      while (kept.length > mostStretches) {
        joinMs *= 2;
        kept = joined(kept, joinMs);
      }
    },
    list: () => kept,
  };
}
