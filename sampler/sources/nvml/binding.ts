/**
 * The functions of the driver's library that are used, found once each. A newer name is tried before the older one;
 * one that is in neither form answers with NVML's own code for it, so that a reader has one kind of failure.
 */

import type { NativeFunction, NativeLibrary } from '../source.ts';
import { nvmlFunctionNotFound } from './returnCodes.ts';

/** Our name → C prototypes, best first. `h` stands for the opaque device handle. */
const prototypes = {
  init: ['int nvmlInit_v2()'],
  shutdown: ['int nvmlShutdown()'],
  driverVersion: ['int nvmlSystemGetDriverVersion(void *text, uint32_t size)'],
  deviceCount: ['int nvmlDeviceGetCount_v2(void *count)'],
  handleByIndex: ['int nvmlDeviceGetHandleByIndex_v2(uint32_t index, void *h)'],
  handleByUuid: ['int nvmlDeviceGetHandleByUUID(void *uuid, void *h)'],
  name: ['int nvmlDeviceGetName(void *h, void *text, uint32_t size)'],
  uuid: ['int nvmlDeviceGetUUID(void *h, void *text, uint32_t size)'],
  energy: ['int nvmlDeviceGetTotalEnergyConsumption(void *h, void *millijoules)'],
  power: ['int nvmlDeviceGetPowerUsage(void *h, void *milliwatts)'],
  fieldValues: ['int nvmlDeviceGetFieldValues(void *h, int count, void *values)'],
  powerLimit: [
    'int nvmlDeviceGetEnforcedPowerLimit(void *h, void *milliwatts)',
    'int nvmlDeviceGetPowerManagementLimit(void *h, void *milliwatts)',
  ],
  utilization: ['int nvmlDeviceGetUtilizationRates(void *h, void *rates)'],
  memory2: ['int nvmlDeviceGetMemoryInfo_v2(void *h, void *memory)'],
  memory1: ['int nvmlDeviceGetMemoryInfo(void *h, void *memory)'],
  clock: ['int nvmlDeviceGetClockInfo(void *h, int type, void *megahertz)'],
  eventReasons: [
    'int nvmlDeviceGetCurrentClocksEventReasons(void *h, void *bits)',
    'int nvmlDeviceGetCurrentClocksThrottleReasons(void *h, void *bits)',
  ],
  temperature: ['int nvmlDeviceGetTemperature(void *h, int sensor, void *celsius)'],
  temperatureV: ['int nvmlDeviceGetTemperatureV(void *h, void *value)'],
  migMode: ['int nvmlDeviceGetMigMode(void *h, void *current, void *pending)'],
  migCount: ['int nvmlDeviceGetMaxMigDeviceCount(void *h, void *count)'],
  migHandle: ['int nvmlDeviceGetMigDeviceHandleByIndex(void *h, uint32_t index, void *part)'],
  instanceAttributes: ['int nvmlDeviceGetAttributes_v2(void *part, void *attributes)'],
  computeProcesses: [
    'int nvmlDeviceGetComputeRunningProcesses_v3(void *h, void *count, void *list)',
    'int nvmlDeviceGetComputeRunningProcesses_v2(void *h, void *count, void *list)',
    'int nvmlDeviceGetComputeRunningProcesses(void *h, void *count, void *list)',
  ],
  graphicsProcesses: [
    'int nvmlDeviceGetGraphicsRunningProcesses_v3(void *h, void *count, void *list)',
    'int nvmlDeviceGetGraphicsRunningProcesses_v2(void *h, void *count, void *list)',
    'int nvmlDeviceGetGraphicsRunningProcesses(void *h, void *count, void *list)',
  ],
  processUtilization: [
    'int nvmlDeviceGetProcessUtilization(void *h, void *samples, void *count, uint64_t since)',
  ],
  mpsProcesses: ['int nvmlDeviceGetMPSComputeRunningProcesses_v3(void *h, void *count, void *list)'],
} as const satisfies Record<string, readonly string[]>;

/** What power limits are asked and set by: apart, because nothing else may change a setting of a GPU. */
const limitPrototypes = {
  init: prototypes.init,
  shutdown: prototypes.shutdown,
  handleByUuid: prototypes.handleByUuid,
  /** What was asked for; the driver may enforce less. */
  limit: ['int nvmlDeviceGetPowerManagementLimit(void *h, void *milliwatts)'],
  defaultLimit: ['int nvmlDeviceGetPowerManagementDefaultLimit(void *h, void *milliwatts)'],
  constraints: ['int nvmlDeviceGetPowerManagementLimitConstraints(void *h, void *least, void *most)'],
  setLimit: ['int nvmlDeviceSetPowerManagementLimit(void *h, uint32_t milliwatts)'],
} as const satisfies Record<string, readonly string[]>;

export type NvmlCall = keyof typeof prototypes;

/** Every function that may be asked of the library, by its C name: what a stand-in has to answer. */
export const usedFunctions: readonly string[] = Object.values(prototypes).flatMap((forms) =>
  forms.map((form) => /(\w+)\(/.exec(form)?.[1] ?? form),
);

/** An opaque pointer of the library; never looked into. */
export type DeviceHandle = bigint;

/** Takes NVML's return code. */
export type Done = (code: number) => void;

interface Bound<Call extends string> {
  /** NVML's return code. On a thread of its own, always: any call may be slow, and may never come back. */
  later(name: Call, ...args: readonly unknown[]): Promise<number>;
  /** The same without a promise, for the rounds. */
  start(name: Call, done: Done, ...args: readonly unknown[]): void;
  /** The C name that is called, for structs that changed with it. */
  form(name: Call): string | null;
}

export type Nvml = Bound<NvmlCall>;
export type NvmlLimitCalls = Bound<keyof typeof limitPrototypes>;

export const bindNvml = (library: NativeLibrary): Nvml => bind(library, prototypes);
export const bindLimits = (library: NativeLibrary): NvmlLimitCalls => bind(library, limitPrototypes);

function bind<Call extends string>(
  library: NativeLibrary,
  table: Readonly<Record<Call, readonly string[]>>,
): Bound<Call> {
  const found = new Map<Call, { readonly form: string; readonly call: NativeFunction }>();
  for (const [name, forms] of Object.entries(table) as [Call, readonly string[]][]) {
    for (const form of forms) {
      const call = library.find(form);
      if (call === null) continue;
      found.set(name, { form: /(\w+)\(/.exec(form)?.[1] ?? form, call });
      break;
    }
  }
  return {
    start(name, done, ...args) {
      const call = found.get(name)?.call;
      if (call === undefined) done(nvmlFunctionNotFound);
      else call.start(done, ...args);
    },
    later: async (name, ...args) => found.get(name)?.call.later(...args) ?? nvmlFunctionNotFound,
    form: (name) => found.get(name)?.form ?? null,
  };
}
