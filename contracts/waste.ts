/** Where joules go that do no useful work. The kinds do not overlap: they and the useful rest add up to the total. */

import type { Confidence } from './findings.ts';

export type WasteKind =
  | 'startUp'
  | 'inputWait'
  | 'hostSync'
  | 'lowLoad'
  | 'imbalance'
  | 'throttling'
  | 'pauses'
  | 'idleHeld'
  | 'unusedGpu';

export interface WasteKindInfo {
  readonly label: string;
  readonly explanation: string;
}

export const wasteKinds: Readonly<Record<WasteKind, WasteKindInfo>> = {
  startUp: {
    label: 'Start-up before the first kernel',
    explanation:
      'The GPU was the run’s while the program imported, loaded and prepared, and no kernel had run on it yet.',
  },
  inputWait: {
    label: 'Waiting for input',
    explanation:
      'The GPU stood idle with its context open while the program fetched or prepared the next batch.',
  },
  hostSync: {
    label: 'Host sync in the step',
    explanation:
      'The program waited for a GPU value on every step, so the GPU ran out of queued work and stood idle until the host sent more.',
  },
  lowLoad: {
    label: 'Busy but barely loaded',
    explanation:
      'Kernels ran nearly all of the time and drew little: they are too small to fill the GPU. The joules are the share of its standing power that the unfilled part drew.',
  },
  imbalance: {
    label: 'Waiting for another GPU',
    explanation: 'This GPU stood idle while another GPU of the same run still worked.',
  },
  throttling: {
    label: 'Slowed by heat or hardware',
    explanation:
      'The GPU lowered its clocks to protect itself, so the same work took longer. The joules are its standing power over the time this added.',
  },
  pauses: {
    label: 'Pauses between steps',
    explanation:
      'The GPU stood idle for seconds at a time between stretches of work, as for an evaluation, a checkpoint or a log.',
  },
  idleHeld: {
    label: 'Idle with the GPU held',
    explanation:
      'No kernel ran any more, or not for a long time, and the program kept its GPU: at its end, or between cells.',
  },
  unusedGpu: {
    label: 'GPU reserved and not used',
    explanation: 'The run held this GPU and ran no kernel on it, while it worked on another one.',
  },
};

/** The place in the code that a static finding offers as the cause. */
export interface WastePlace {
  readonly rule: string;
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly regionHash: string;
  readonly fixTitle: string | null;
}

export interface WasteItem {
  readonly kind: WasteKind;
  readonly energyJ: number;
  /** Share of the run's energy so far, 0–1. */
  readonly share: number;
  readonly durationMs: number;
  readonly certainty: Confidence;
  /** One sentence: what was seen that says so. */
  readonly evidence: string;
  readonly places: readonly WastePlace[];
  /** Its stretches on the run's clock, for drawing: neighbours merged, at most some 200. */
  readonly windows?: readonly (readonly [fromMs: number, toMs: number])[];
  /** What mending it would save, by a model; absent where nothing can be said. Never added to what was measured. */
  readonly whatIf?: WhatIf;
}

/** A modelled saving. */
export interface WhatIf {
  /** Joules of this run, from a careful to a hopeful reading of the assumption. */
  readonly energyJ: readonly [low: number, high: number];
  /** What has to hold, in one sentence. */
  readonly assumes: string;
}

/** GPU memory that the run never touched: told beside the waste, since no joules can be laid to it. */
export interface MemoryHeadroom {
  /** The most that was in use, on the GPU of the run that used most of its own. */
  readonly usedBytes: number;
  readonly totalBytes: number;
}
