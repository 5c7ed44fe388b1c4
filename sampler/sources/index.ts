/** Every power source that is looked for by itself, best first. The simulated GPU is opened per process instead. */

import { createNvidiaSmi } from './nvidiaSmi.ts';
import { createNvml } from './nvml.ts';
import type { PowerSource } from './source.ts';

export function powerSources(environment: NodeJS.ProcessEnv = process.env): readonly PowerSource[] {
  // For tests: the path of a stand-in for the driver's library, or `off` where its program is what is tested.
  const library = environment['PERJOULE_NVML'];
  const nvml = library === undefined ? createNvml() : createNvml([library]);
  return [...(library === 'off' ? [] : [nvml]), createNvidiaSmi()];
}
