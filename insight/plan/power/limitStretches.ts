/**
 * When the GPUs of a run had which power limit, from what was recorded, whoever set it.
 */

import type { RunTick } from '../../ticks.ts';
import type { LimitStretch } from './limitPoints.ts';

/** Drivers round a limit; two values closer than this are one. */
const sameLimitW = 1.5;
/** A driver that tells what held the clocks must say so for this share of the time. */
const heldShare = 0.02;
/** Where it does not, power this close to the limit says it. */
const nearLimit = 0.97;

interface Open {
  readonly limitW: number;
  readonly fromMs: number;
  toMs: number;
  highestShare: number;
  looks: number;
  held: number;
}

export class LimitStretches {
  readonly #done: LimitStretch[] = [];
  readonly #limits = new Map<string, number>();
  #open: Open | null = null;

  /** Ticks in order of time. A tick without a limit says nothing new about it. */
  add({ timeMs, gpus }: RunTick): void {
    for (const { uuid, powerLimitW } of gpus)
      if (typeof powerLimitW === 'number' && powerLimitW > 0) this.#limits.set(uuid, powerLimitW);
    const limitW = this.#common();
    const open = this.#open;
    if (open !== null && (limitW === null || Math.abs(limitW - open.limitW) > sameLimitW)) this.#close();
    if (limitW === null) return;
    this.#open ??= { limitW, fromMs: timeMs, toMs: timeMs, highestShare: 0, looks: 0, held: 0 };
    this.#open.toMs = timeMs;
    for (const { powerW, powerCapped } of gpus) {
      if (typeof powerW === 'number')
        this.#open.highestShare = Math.max(this.#open.highestShare, powerW / this.#open.limitW);
      if (typeof powerCapped !== 'number') continue;
      this.#open.looks += 1;
      this.#open.held += powerCapped;
    }
  }

  list(): readonly LimitStretch[] {
    this.#close();
    return this.#done;
  }

  /** The limit of all GPUs; null while they differ or none is known. */
  #common(): number | null {
    const all = [...this.#limits.values()];
    if (all.length === 0) return null;
    const least = Math.min(...all);
    return Math.max(...all) - least <= sameLimitW ? least : null;
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null || open.toMs <= open.fromMs) return;
    const { limitW, fromMs, toMs, looks, held, highestShare } = open;
    const reached =
      looks > 0 ? held / looks > heldShare : highestShare > 0 ? highestShare >= nearLimit : null;
    this.#done.push({ limitW, fromMs, toMs, reached });
  }
}
