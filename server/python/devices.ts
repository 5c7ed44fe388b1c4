/** Which device an argument of `.to(...)` or `device=` names, and the moves themselves. */

import { bind } from './binding.ts';
import type { Environment } from './environment.ts';
import type { Interpreter } from './interpreter.ts';
import type { Call, Expr } from './nodes.ts';
import { Device, type Value, value } from './values.ts';

/** Device bits of a text such as `cuda:0`. */
export function deviceOfText(text: string): number {
  if (/^(cuda|gpu)(:|$)/.test(text)) return Device.cuda;
  if (/^cpu(:|$)/.test(text)) return Device.cpu;
  if (/^(mps|xla|tpu|xpu|hpu|npu|meta)(:|$)/.test(text)) return Device.other;
  return Device.none;
}

/** Whether an expression is about a device by its words alone. */
export function speaksOfDevice(text: string): boolean {
  return /device|\bgpu\b|\brank\b|local_rank|\bdev\b/i.test(text);
}

/** Device bits that a value names; none when it is no device. */
export function deviceBits(machine: Interpreter, node: Expr, v: Value): number {
  switch (v.kind) {
    case 'device':
      return v.device === Device.none ? Device.some : v.device;
    case 'string':
      // An argparse default of `cpu` is one word of the user away from `cuda`.
      return v.overridable && v.device === Device.cpu ? Device.some | Device.cpu : v.device;
    case 'number':
      return Device.cuda;
    case 'dtype':
    case 'none':
      return Device.none;
    case 'tensor':
      return v.device;
    case 'unknown':
      // `weights.to(batch)` is about where the batch is.
      if (v.device !== Device.none) return v.device;
      return speaksOfDevice(machine.module.text.slice(node.start, node.end)) ? Device.some : Device.none;
    default:
      return speaksOfDevice(machine.module.text.slice(node.start, node.end)) ? Device.some : Device.none;
  }
}

/** `device=` of a call, in bits. */
export function deviceKeyword(machine: Interpreter, call: Call): number {
  const keyword = call.keywords.find((k) => k.name === 'device');
  if (keyword === undefined) return Device.none;
  return deviceBits(machine, keyword.value, machine.values.get(keyword.value) ?? value('unknown'));
}

export interface Move {
  /** None set: the call changes no device. */
  readonly device: number;
  readonly dtype: boolean;
}

/** Splits `.to(...)`, `.cuda(...)`, `.cpu()` into device and dtype. */
export function moveOf(machine: Interpreter, call: Call, method: string): Move | undefined {
  if (method === 'cuda') return { device: Device.cuda, dtype: false };
  if (method === 'cpu') return { device: Device.cpu, dtype: false };
  if (method === 'xpu' || method === 'npu' || method === 'hpu') return { device: Device.other, dtype: false };
  if (method !== 'to' && method !== 'to_device') return undefined;
  let device: number = Device.none;
  let dtype = false;
  for (const arg of call.args) {
    const v = machine.values.get(arg);
    if (v === undefined) continue;
    if (v.kind === 'dtype') dtype = true;
    else device |= deviceBits(machine, arg, v);
  }
  for (const k of call.keywords) {
    if (k.name === 'dtype') dtype = true;
    if (k.name === 'device')
      device |= deviceBits(machine, k.value, machine.values.get(k.value) ?? value('unknown'));
  }
  return { device, dtype };
}

/** `model.to(device)` changes the module itself, so what the name stands for changes too. */
export function rebindMoved(machine: Interpreter, object: Expr, moved: Value, env: Environment): void {
  if (object.kind === 'Name') {
    if (env.get(object.id) !== undefined) env.set(object.id, moved);
    return;
  }
  if (object.kind === 'Attribute') bind(machine, object, moved, env);
}
