/** Where joules go that do no useful work. The kinds do not overlap: they and the useful rest add up to the total. */

import type { Confidence } from './findings.ts';

export type WasteKind = 'inputWait' | 'hostSync';

export interface WasteKindInfo {
  readonly label: string;
  readonly explanation: string;
}

export const wasteKinds: Readonly<Record<WasteKind, WasteKindInfo>> = {
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
}
