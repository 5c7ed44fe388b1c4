/**
 * What mending a kind of waste would save: a model, from what was measured and one assumption. A range, never one number,
 * and never added to what was measured.
 */

import type { WasteKind, WhatIf } from '../../contracts/waste.ts';
import type { ToldWaste } from './evidence.ts';

/** Shares of the measured joules that would go, and what has to hold. */
type Model = readonly [low: number, high: number, assumes: string];

const models: Readonly<Record<WasteKind, Model>> = {
  startUp: [0.3, 1, 'from a third to all of the preparation is done, or cached, before the GPU is taken'],
  inputWait: [0.8, 1, 'batches are ready when the GPU asks, from workers that the processor has time for'],
  hostSync: [0.5, 1, 'values are read every some steps, or after the loop, and the host queues work ahead'],
  lowLoad: [
    0.5,
    0.8,
    'a batch two to four times as large takes little longer, and the GPU has memory for it',
  ],
  imbalance: [0.5, 1, 'the work is divided so that the GPUs end together, for half of the wait or all of it'],
  throttling: [0.8, 1, 'the GPU is kept cool, or its limit so low that it keeps its clocks'],
  pauses: [0.3, 0.9, 'checkpoints are written in the background, evaluations come more seldom'],
  idleHeld: [1, 1, 'the program ends, or lets go of the GPU, after its last kernel'],
  unusedGpu: [1, 1, 'the run asks for the GPUs that it uses'],
};

/** The GPU goes on drawing its bare idle power on this machine, unless it is switched off or used by others. */
const stillDraws: ReadonlySet<WasteKind> = new Set(['startUp', 'idleHeld', 'unusedGpu']);

export function whatIf({ kind, energyJ, bareJ = null }: ToldWaste): WhatIf {
  const [least, most, assumes] = models[kind];
  const draws = stillDraws.has(kind);
  // Where the bare idle power is not known, the careful end is half: it is 27 to 61 % of the idle power with a context.
  const left = bareJ === null || energyJ <= 0 ? 0.5 : Math.min(1, bareJ / energyJ);
  const low = least * (draws ? 1 - left : 1);
  const also = draws ? '; the least is for a GPU that then draws its bare idle power' : '';
  return { energyJ: [low * energyJ, most * energyJ], assumes: `${assumes}${also}` };
}
