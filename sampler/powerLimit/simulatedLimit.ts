/** Power limits of simulated GPUs. */

import type { SimulatedGpus } from '../follow/simulatedGpus.ts';
import { type LimitControl, LimitError } from './limitControl.ts';

export function simulatedLimit(gpus: SimulatedGpus): LimitControl {
  return {
    id: 'simulated',
    range: async ({ uuid }) => gpus.powerLimit(uuid),
    async set({ uuid }, limitW) {
      const range = gpus.powerLimit(uuid);
      if (range === null)
        throw new LimitError({
          reason: 'notFound',
          message: 'The simulated GPU is gone.',
          remedy: 'Start the run again.',
        });
      if (limitW < range.leastW || limitW > range.mostW)
        throw new LimitError({
          reason: 'badOutput',
          message: `The board takes limits from ${range.leastW} to ${range.mostW} W, not ${limitW} W.`,
          remedy: 'Name a limit between these.',
        });
      gpus.setPowerLimit(uuid, limitW);
    },
    command: () => null,
  };
}
