/** What assignment and iteration do: targets take values, loops take items. */

import type { Environment } from './environment.ts';
import type { Interpreter } from './interpreter.ts';
import type { Expr } from './nodes.ts';
import { Device, elementOf, join, string, unknown, type Value, value, withDevice } from './values.ts';
import { dottedName } from './walk.ts';

/** What a `for` yields. */
export function iterate(v: Value): Value {
  if (v.kind === 'loader') {
    // Batches come from the host unless somebody moves them, such as Accelerate.
    return v.element ?? value('unknown', { device: v.device & ~Device.cpu, assumed: true, type: 'batch' });
  }
  if (v.kind === 'dict') return string;
  if (v.kind === 'module' && v.element !== undefined) return withDevice(v.element, v.device);
  if (v.items !== undefined || v.element !== undefined) return elementOf(v);
  if (v.kind === 'tensor') return { ...v, scalar: 'unknown' };
  if (v.kind === 'unknown' && v.device !== Device.none) return { ...v, scalar: 'unknown', assumed: true };
  return unknown;
}

export function bind(machine: Interpreter, target: Expr, v: Value, env: Environment): void {
  machine.values.set(target, v);
  switch (target.kind) {
    case 'Name':
      if (machine.names.globals.has(target.id)) machine.setGlobal(target.id, v);
      else env.set(target.id, v);
      return;
    case 'Tuple':
    case 'List': {
      const positional = v.items !== undefined && v.items.length === target.items.length;
      for (const [i, item] of target.items.entries()) {
        if (item.kind === 'Starred') {
          if (item.value !== null)
            bind(machine, item.value, value('sequence', { element: elementOf(v) }), env);
        } else bind(machine, item, positional ? (v.items?.[i] ?? unknown) : unpacked(v), env);
      }
      return;
    }
    case 'Attribute': {
      const object = machine.evaluate(target.object, env);
      if (object.classInfo !== undefined) {
        machine.classes.setAttribute(object.classInfo, target.name, v);
        machine.classes.assign(object.classInfo, target.name);
      }
      if (object.kind === 'dict') store(object, target.object, target.name, v, env);
      const path = dottedName(target);
      // Within one function `self.x` behaves as a variable does.
      if (path !== undefined) env.set(path, v);
      return;
    }
    case 'Subscript': {
      const object = machine.evaluate(target.object, env);
      for (const index of target.indices) machine.evaluate(index, env);
      const index = target.indices[0];
      const key = index?.kind === 'String' ? index.value : undefined;
      if (object.kind === 'dict') store(object, target.object, key, v, env);
      return;
    }
    case 'Starred':
      if (target.value !== null) bind(machine, target.value, v, env);
      return;
    default:
  }
}

/** Puts a value into a mapping that a name stands for; of one further inside we lose sight. */
function store(object: Value, holder: Expr, key: string | undefined, v: Value, env: Environment): void {
  if (holder.kind === 'Name') {
    const entries = new Map(object.entries ?? []);
    if (key !== undefined) entries.set(key, { value: v, always: true });
    env.set(holder.id, {
      ...object,
      entries: object.entries === undefined ? undefined : entries,
      open: object.open || key === undefined,
      element: key === undefined ? join(object.element, v) : object.element,
    });
    return;
  }
  let root: Expr = holder as Expr;
  while (root.kind === 'Attribute' || root.kind === 'Subscript') root = root.object;
  const outer = root.kind === 'Name' ? env.get(root.id) : undefined;
  if (root.kind === 'Name' && outer?.kind === 'dict')
    env.set(root.id, { ...outer, entries: undefined, open: true });
}

function unpacked(v: Value): Value {
  if (v.items !== undefined || v.element !== undefined) return elementOf(v);
  if (v.kind === 'tensor') return { ...v, scalar: 'unknown' };
  if (v.kind === 'unknown' && v.device !== Device.none) return { ...v, assumed: true, scalar: 'unknown' };
  if (v.type === 'batch') return v;
  return unknown;
}
