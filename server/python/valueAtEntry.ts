/** What a parameter is when its function begins: by what calls pass, else by what its name, annotation and role say. */

import type { FunctionState } from './functionState.ts';
import type { Interpreter } from './interpreter.ts';
import type { Parameter } from './nodes.ts';
import { isStatic } from './parameterBinding.ts';
import { parameterHint } from './parameterHints.ts';
import { handedSettings } from './settingsReads.ts';
import { Device, type FunctionInfo, join, type Value, value } from './values.ts';

export function valueAtEntry(
  machine: Interpreter,
  state: FunctionState,
  info: FunctionInfo,
  p: Parameter,
  first: boolean,
): Value {
  if (first && info.owner !== undefined && !isStatic(info.node))
    return givenSelf(machine, machine.classes.instanceOf(info.owner, undefined));
  if (p.form === 'rest') return value('sequence');
  const passed = state.parameters.get(p.name);
  const called = state.calls.size > 0 || state.incoming.length > 0;
  if (p.form === 'keywords')
    return (called && !state.escapes ? passed : undefined) ?? value('dict', { open: true });
  const handed = info.node.parameters[0] === p ? handedSettings(machine, info.node) : undefined;
  if (handed !== undefined) return handed;
  const hint = parameterHint(machine, info, p);
  const fallback = p.fallback === null ? undefined : machine.values.get(p.fallback);
  let v: Value;
  if (!called || state.escapes) v = join(passed, hint);
  else v = passed ?? (fallback === undefined ? hint : fallback);
  if (v.kind === 'unknown' && v.device === Device.none) v = hint;
  if (machine.summingUp && v.device === Device.none && /^(unknown|tensor|module)$/.test(v.kind))
    v = { ...v, device: Device.given, assumed: true };
  return v;
}

/** A module that is summed up is where its caller has moved it. */
function givenSelf(machine: Interpreter, self: Value): Value {
  const moved = !machine.summingUp || self.kind !== 'module' || self.device !== Device.none;
  return moved ? self : { ...self, device: Device.given };
}
