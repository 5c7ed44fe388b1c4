/** Which waste stands where. Largest first, but never moving under the pointer or the focus. */

import type { WasteItem } from '../contracts/waste.ts';
import { orderHeld } from './heldOrder.ts';

/** A kind appears once in a run, so that its name is a lasting key. */
export const wasteKey = (item: WasteItem): string => item.kind;

export const orderWaste = (
  items: readonly WasteItem[],
  shown: readonly string[],
  held: boolean,
): readonly string[] => orderHeld(items.toSorted((a, b) => b.energyJ - a.energyJ).map(wasteKey), shown, held);
