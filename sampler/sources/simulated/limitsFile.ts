/**
 * Where a simulated board keeps its power limit: beside the submission file, since a limit outlives the sampler as it
 * does on a real board. Whoever submits work reads there how much longer it takes; see docs/simulated-gpu.md.
 */

import { type GpuModel, limitStretch } from './gpuModels.ts';

export interface BoardLimit {
  readonly device: number;
  readonly limitW: number;
}

export const limitsPath = (submissionFile: string): string => `${submissionFile}.limits.jsonl`;

/** Intensities 0, 0.05, … 1. */
const stretchGrain = 20;

/** One line: the newest of a device holds. */
export function limitLine(device: number, model: GpuModel, limitW: number): string {
  const stretch = Array.from({ length: stretchGrain + 1 }, (_, at) =>
    Number(limitStretch(model, at / stretchGrain, limitW).toFixed(5)),
  );
  return `${JSON.stringify({ device, limitW, stretch })}\n`;
}

/** The limits that new text of the file names, oldest first; lines that say nothing are passed over. */
export function readLimits(text: string): readonly BoardLimit[] {
  return text.split('\n').flatMap((line) => {
    try {
      const { device, limitW } = Object(JSON.parse(line)) as Partial<BoardLimit>;
      return Number.isInteger(device) && typeof limitW === 'number' && limitW > 0
        ? [{ device: device as number, limitW }]
        : [];
    } catch {
      return [];
    }
  });
}
