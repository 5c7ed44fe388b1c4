/** What methods of tensors return. */

import type { Move } from './devices.ts';
import {
  booleanMethods,
  elementwise,
  floatMethods,
  hostMetadata,
  integerMethods,
  reductions,
  tensorTuples,
} from './knowledge/tensors.ts';
import type { Call } from './nodes.ts';
import type { Arguments } from './parameterBinding.ts';
import { Device, type Dtype, none, number, type Tri, tensor, unknown, type Value, value } from './values.ts';

/** `object.name(...)` where the object is, or is taken for, a tensor. */
export function tensorMethod(
  call: Call,
  object: Value,
  name: string,
  args: Arguments,
  move: Move | undefined,
): Value {
  if (move !== undefined) {
    if (move.device === Device.none) return move.dtype ? { ...object, dtype: 'unknown' } : object;
    return { ...object, device: move.device };
  }
  if (name === 'item') return { ...number, dtype: object.dtype };
  if (name === 'tolist') return object.scalar === 'yes' ? number : value('sequence', { element: number });
  if (name === 'numpy' || name === '__array__') return value('array', { device: Device.cpu });
  if (name === 'backward' || name === 'share_memory_') return none;
  if (name === 'size') return args.values.length > 0 ? number : value('sequence', { element: number });
  if (hostMetadata.has(name)) return number;
  const dtype = resultType(object, name);
  if (reductions.has(name)) return reduction(call, object, name, args, dtype);
  if (tensorTuples.has(name)) {
    const part = tensor(object.device, { scalar: 'no', dtype: object.dtype, assumed: object.assumed });
    if (name === 'topk' || name === 'sort' || name === 'kthvalue' || name === 'mode')
      return value('sequence', { items: [part, { ...part, dtype: 'int' }] });
    return value('sequence', { element: part });
  }
  if (booleanMethods.has(name))
    return tensor(object.device, { scalar: object.scalar, dtype: 'bool', assumed: object.assumed });
  if (elementwise.has(name)) return { ...object, dtype, items: undefined };
  if (/^(get|keys|items|pop|append|update)$/.test(name)) return unknown;
  return tensor(object.device, { scalar: 'unknown', dtype, assumed: object.assumed });
}

function resultType(object: Value, name: string): Dtype {
  if (integerMethods.has(name)) return 'int';
  if (floatMethods.has(name)) return 'float';
  if (name === 'sum' && object.dtype === 'bool') return 'int';
  return object.dtype;
}

/** Without a dimension: one number. `max(dim)` and its kin yield values and indices. */
export function reduction(call: Call, object: Value, name: string, args: Arguments, dtype: Dtype): Value {
  const dims =
    args.keywords.get('dim') ??
    args.keywords.get('axis') ??
    (name === 'norm' ? args.values[1] : args.values[0]);
  const starred = call.keywords.some((k) => k.name === null);
  const whole: Tri = dims === undefined && !starred ? 'yes' : 'no';
  const result = tensor(object.device, { scalar: whole, dtype, assumed: object.assumed });
  const pair = dims !== undefined && /^(max|min|median)$/.test(name) && dims.kind !== 'tensor';
  return pair ? value('sequence', { items: [result, { ...result, dtype: 'int' }] }) : result;
}
