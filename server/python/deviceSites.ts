/** Where what a loader's worker processes run puts tensors on a GPU: a function, or what it calls in its file. */

import { deviceKeyword, moveOf } from './devices.ts';
import type { Guard } from './guards.ts';
import type { Call } from './nodes.ts';
import type { Program } from './program.ts';
import { functionRegion } from './regions.ts';
import { Device, type FunctionInfo, type Tri } from './values.ts';

export interface DeviceSite {
  readonly node: Call;
  /** Whether it is a CUDA device: 'unknown' where nobody says which. */
  readonly device: 'yes' | 'unknown';
  readonly guard: Guard;
}

export function deviceSites(program: Program, info: FunctionInfo): DeviceSite[] {
  // What asks which worker it runs in knows what it does.
  if (/\bget_worker_info\b/.test(program.textOf(info.node))) return [];
  return functionRegion(program.machine, info, program.parents).visits.flatMap(({ node, guard }) => {
    const device = node.kind === 'Call' ? putsOnDevice(program, node) : 'no';
    return node.kind !== 'Call' || device === 'no' ? [] : [{ node, device, guard }];
  });
}

/** A move, or a library's function that is told the device. */
export function putsOnDevice(program: Program, call: Call): Tri {
  const { callee } = call;
  const { kind, type } = program.valueOf(callee);
  if (kind === 'library' && /^torch\.cuda\.\w*Tensor$/.test(type)) return 'yes';
  const moved = callee.kind === 'Attribute' ? moveOf(program.machine, call, callee.name) : undefined;
  const bits = moved?.device ?? (kind === 'library' ? deviceKeyword(program.machine, call) : Device.none);
  if ((bits & Device.cuda) !== 0) return 'yes';
  return (bits & (Device.some | Device.given)) !== 0 ? 'unknown' : 'no';
}
