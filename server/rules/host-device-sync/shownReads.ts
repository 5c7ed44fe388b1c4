/** What only a progress bar shows. */

import type { Sink } from '../../python/knowledge/sinks.ts';
import type { Call, Expr } from '../../python/nodes.ts';
import type { Program } from '../../python/program.ts';
import type { Visit } from '../../python/regionWalker.ts';
import { onCuda, type Value } from '../../python/values.ts';
import type { DeviceRead } from './deviceReads.ts';

/** Only a progress bar shows it, through a call or as its `desc`. */
export function isShown(program: Program, expr: Expr, sinks: ReadonlySet<Sink>): boolean {
  if (sinks.size !== 1) return false;
  if (sinks.has('progress')) return true;
  const statement = program.statementOf(expr);
  const target = statement?.kind === 'Assign' ? statement.targets[0] : undefined;
  return sinks.has('stored') && target?.kind === 'Attribute' && /^(desc|postfix)$/.test(target.name);
}

/** `bar.set_postfix(loss=loss)`: the bar makes a text of each tensor it is given. */
export function shownTensors(program: Program, visit: Visit): DeviceRead[] {
  const { node } = visit;
  if (node.kind !== 'Call' || node.callee.kind !== 'Attribute') return [];
  if (!/^set_(postfix|description)(_str)?$/.test(node.callee.name)) return [];
  return argumentsOf(node).flatMap((arg): DeviceRead[] => {
    const v = program.valueOf(arg);
    const held = v.kind === 'dict' ? [...(v.entries?.values() ?? [])].map((item) => item.value) : [v];
    const tensor = held.find(isDeviceNumber);
    // A dict that is written out here holds its tensors as expressions of their own.
    if (tensor === undefined || arg.kind === 'Call') return [];
    return [{ visit, expr: arg, tensor: arg, device: onCuda(tensor), scalar: true, assumed: false }];
  });
}

function argumentsOf(call: Call): Expr[] {
  return [...call.args, ...call.keywords.map((k) => k.value)];
}

function isDeviceNumber(v: Value): boolean {
  return v.kind === 'tensor' && !v.assumed && v.scalar === 'yes' && onCuda(v) !== 'no';
}
