/** Which waste stands where. Largest first, but never moving under the pointer or the focus. */

import type { WasteItem } from '../contracts/waste.ts';

/** A kind appears once in a run, so that its name is a lasting key. */
export const wasteKey = (item: WasteItem): string => item.kind;

export function orderWaste(
  items: readonly WasteItem[],
  shown: readonly string[],
  held: boolean,
): readonly string[] {
  const wanted = items.toSorted((a, b) => b.energyJ - a.energyJ).map(wasteKey);
  if (!held) return same(wanted, shown) ? shown : wanted;
  const added = wanted.filter((key) => !shown.includes(key));
  return added.length === 0 ? shown : [...shown, ...added];
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);
