/** Every power source that is looked for by itself, best first. The simulated GPU is opened per process instead. */

import { createNvidiaSmi } from './nvidiaSmi.ts';
import type { PowerSource } from './source.ts';

export function powerSources(): readonly PowerSource[] {
  return [createNvidiaSmi()];
}
