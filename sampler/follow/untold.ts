/** What the listeners of a live run have not been told yet. */

import type { WasteItem } from '../../contracts/waste.ts';
import type { RunTick } from '../../insight/ticks.ts';

export class Untold {
  #ticks: RunTick[] = [];
  #waste: { readonly items: readonly WasteItem[]; readonly text: string } = { items: [], text: '[]' };

  add(tick: RunTick): void {
    this.#ticks.push(tick);
  }

  /** Nobody is to be told of the ticks since the last call. */
  drop(): void {
    this.#ticks = [];
  }

  /** Ticks since the last call, and whether the waste list has changed. */
  take(items: readonly WasteItem[]): { readonly ticks: readonly RunTick[]; readonly wasteChanged: boolean } {
    const ticks = this.#ticks;
    this.#ticks = [];
    if (items === this.#waste.items) return { ticks, wasteChanged: false };
    const text = JSON.stringify(items);
    const wasteChanged = text !== this.#waste.text;
    this.#waste = { items, text };
    return { ticks, wasteChanged };
  }
}
