/** What NVML's return codes mean for a reader. Numbers and names are those of nvml.h. */

import type { MissingReason } from '../../../contracts/provenance.ts';

/**
 * How far a failure reaches. `metric`: this call on this device, and it will not change soon. `passing`: this call,
 * this time. `device`: the GPU is gone until it answers again. `library`: nothing works until a new initialisation.
 */
export type FailureReach = 'metric' | 'passing' | 'device' | 'library';

export interface Failure {
  readonly reach: FailureReach;
  readonly reason: MissingReason;
  readonly text: string;
}

export const nvmlSuccess = 0;
export const nvmlNotFound = 6;
export const nvmlInsufficientSize = 7;
/** Also what a call answers that this driver's library does not have. */
export const nvmlFunctionNotFound = 13;

const failure = (reach: FailureReach, reason: MissingReason, text: string): Failure => ({
  reach,
  reason,
  text,
});

const failures: ReadonlyMap<number, Failure> = new Map([
  [1, failure('library', 'lost', 'NVML is not initialised')],
  [2, failure('metric', 'notSupported', 'the driver does not know the question')],
  [3, failure('metric', 'notSupported', 'not supported')],
  [4, failure('metric', 'noPermission', 'no permission')],
  [6, failure('passing', 'notFound', 'not found')],
  [7, failure('passing', 'badOutput', 'the answer did not fit')],
  [8, failure('device', 'lost', 'the power cable of the GPU is not attached')],
  [9, failure('library', 'notFound', 'the NVIDIA driver is not loaded')],
  [10, failure('passing', 'timeout', 'the driver did not answer in time')],
  [11, failure('passing', 'lost', 'the GPU has an interrupt problem')],
  [12, failure('library', 'notFound', 'a library of the driver is missing')],
  [13, failure('metric', 'notSupported', 'not in this driver')],
  [14, failure('passing', 'badOutput', 'the memory of the board is corrupt')],
  [15, failure('device', 'lost', 'the GPU has fallen off the bus')],
  [16, failure('device', 'lost', 'the GPU must be reset')],
  [17, failure('metric', 'noPermission', 'the system does not let this process use the GPU')],
  [18, failure('library', 'lost', 'the driver was replaced while its old version still runs')],
  [19, failure('passing', 'timeout', 'the GPU is in use')],
  [20, failure('passing', 'badOutput', 'the driver is out of memory')],
  [21, failure('passing', 'notFound', 'no data yet')],
  [23, failure('passing', 'badOutput', 'the driver is out of resources')],
  [25, failure('metric', 'notSupported', 'not in this form')],
  [26, failure('metric', 'notSupported', 'no longer supported')],
  [27, failure('library', 'lost', 'the driver is not ready')],
  [28, failure('device', 'lost', 'the GPU was not found')],
  [29, failure('passing', 'badOutput', 'the GPU is in the wrong state for it')],
]);

/** Codes without an entry, 999 among them: the driver itself does not know. */
export function failureOf(code: number): Failure {
  return failures.get(code) ?? failure('passing', 'badOutput', `unknown error ${code}`);
}
