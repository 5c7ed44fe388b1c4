/** The one shape of what can set a power limit. Each knows its own GPUs and the words in which a person would say it. */

import type { LimitRefusal, PowerLimitRange } from '../../contracts/powerPlan.ts';

export interface LimitedDevice {
  readonly uuid: string;
  readonly index: number;
  readonly name: string;
}

/** What a device, its driver or its daemon answers in the place of doing it. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly refusal: LimitRefusal;
  constructor(refusal: LimitRefusal) {
    super(refusal.remedy === null ? refusal.message : `${refusal.message} ${refusal.remedy}`);
    this.refusal = refusal;
  }
}

export interface LimitControl {
  readonly id: 'simulated' | 'zeusd' | 'nvml' | 'nvidia-smi';
  /** Null for a GPU that this control does not reach. @throws LimitError */
  range(device: LimitedDevice): Promise<PowerLimitRange | null>;
  /** @throws LimitError */
  set(device: LimitedDevice, limitW: number): Promise<void>;
  /** What a person would type, with `<W>` for the number; null where there is nothing to type. */
  command(device: LimitedDevice): string | null;
}
