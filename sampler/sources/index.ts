/** Every power source that is looked for by itself, best first. The simulated GPU is opened per process instead. */

import { createAmdgpu } from './amdgpu.ts';
import type { FolderDoor } from './folderDoor.ts';
import { createIntelGpu } from './intelGpu.ts';
import { createJetson } from './jetson.ts';
import { createMacmon } from './macmon.ts';
import { createNvidiaSmi } from './nvidiaSmi.ts';
import { createNvml, nvmlLibraries } from './nvml.ts';
import { createPrometheus } from './prometheus.ts';
import { createRapl } from './rapl.ts';
import type { PowerSource } from './source.ts';
import { createZeusdCpu, createZeusdGpu, zeusdPlace } from './zeusd.ts';

export function powerSources(
  open: (root: string) => FolderDoor,
  environment: NodeJS.ProcessEnv = process.env,
): readonly PowerSource[] {
  const libraries = nvmlLibraries(environment);
  const zeusd = zeusdPlace(environment);
  return [
    ...(libraries === null ? [] : [createNvml(libraries)]),
    createNvidiaSmi(),
    ...(process.platform === 'linux' ? [createZeusdGpu(zeusd)] : []),
    ...folderSources(environment, open),
    ...(process.platform === 'linux' ? [createZeusdCpu(zeusd)] : []),
    ...(process.platform === 'darwin' ? [createMacmon()] : []),
    createPrometheus(),
  ];
}

/** Sources that read the kernel's files; each keeps its own files open. */
function folderSources(
  environment: NodeJS.ProcessEnv,
  open: (root: string) => FolderDoor,
): readonly PowerSource[] {
  if (process.platform !== 'linux') return [];
  // For tests: a folder in place of `/`.
  const root = environment['PERJOULE_ROOT'] ?? '/';
  return [
    createAmdgpu(open(root)),
    createIntelGpu(open(root)),
    // Only where it may be one: everybody else would be told that this is no Jetson.
    ...(process.arch === 'arm64' || root !== '/' ? [createJetson(open(root))] : []),
    createRapl(open(root)),
  ];
}
