/**
 * What mending a kind of waste would save: a model, from what was measured and one assumption. A range, never one number,
 * and never added to what was measured.
 */

import type { WasteKind, WhatIf } from '../../contracts/waste.ts';
import type { ToldWaste } from './evidence.ts';

interface Model {
  /** Shares of the measured joules that would go. */
  readonly shares: readonly [low: number, high: number];
  readonly assumes: string;
  /** The GPU goes on drawing its bare idle power on this machine, unless it is switched off or used by others. */
  readonly stillDraws?: true;
}

const models: Readonly<Record<WasteKind, Model>> = {
  startUp: {
    shares: [0.3, 1],
    assumes: 'from a third to all of the preparation is done, or cached, before the GPU is taken',
    stillDraws: true,
  },
  inputWait: {
    shares: [0.8, 1],
    assumes: 'batches are ready when the GPU asks, from workers that the processor has time for',
  },
  hostSync: {
    shares: [0.5, 1],
    assumes: 'values are read every some steps, or after the loop, and the host queues work ahead',
  },
  lowLoad: {
    shares: [0.5, 0.8],
    assumes: 'a batch two to four times as large takes little longer, and the GPU has memory for it',
  },
  imbalance: {
    shares: [0.5, 1],
    assumes: 'the work is divided so that the GPUs end together, for half of the wait or all of it',
  },
  throttling: {
    shares: [0.8, 1],
    assumes: 'the GPU is kept cool, or its limit so low that it keeps its clocks',
  },
  pauses: {
    shares: [0.3, 0.9],
    assumes: 'checkpoints are written in the background, evaluations come more seldom',
  },
  idleHeld: {
    shares: [1, 1],
    assumes: 'the program ends, or lets go of the GPU, after its last kernel',
    stillDraws: true,
  },
  unusedGpu: { shares: [1, 1], assumes: 'the run asks for the GPUs that it uses', stillDraws: true },
};

export function whatIf({ kind, energyJ, bareJ = null }: ToldWaste): WhatIf {
  const { shares, assumes, stillDraws = false } = models[kind];
  // Where the bare idle power is not known, the careful end is half: it is 27 to 61 % of the idle power with a context.
  const left = bareJ === null || energyJ <= 0 ? 0.5 : Math.min(1, bareJ / energyJ);
  const low = shares[0] * (stillDraws ? 1 - left : 1);
  const also = stillDraws ? '; the least is for a GPU that then draws its bare idle power' : '';
  return { energyJ: [low * energyJ, shares[1] * energyJ], assumes: `${assumes}${also}` };
}
