/** What a parameter is likely to be when no call in the file says so. Framework hooks are known; names are the weakest hint. */

import { madeElsewhere } from './fields.ts';
import { hookOf } from './hooks.ts';
import type { Interpreter } from './interpreter.ts';
import { annotatedValues } from './knowledge/annotations.ts';
import type { Parameter } from './nodes.ts';
import { handedInStep } from './stepRoles.ts';
import { Device, type FunctionInfo, unknown, type Value, value } from './values.ts';
import { dottedName } from './walk.ts';

/** A value of assumed kind, or unknown. */
export function parameterHint(machine: Interpreter, info: FunctionInfo, p: Parameter): Value {
  const annotated = annotationHint(machine, p);
  const hook = hookOf(machine, info)?.hook;
  // The framework has moved model and batch to the device by then.
  if (hook?.models.test(p.name) === true) return value('module', { device: Device.some, assumed: true });
  if (hook?.onDevice.test(p.name) === true) {
    if (annotated === undefined)
      return value('unknown', { device: Device.some, assumed: true, type: 'batch' });
    if (annotated.kind === 'tensor' || annotated.kind === 'module')
      return { ...annotated, device: Device.some };
  }
  const handed = handedInStep(machine, info, p, annotated);
  if (annotated !== undefined) return handed ?? annotated;
  const name = p.name.toLowerCase();
  if (name === 'device' || name.endsWith('_device'))
    return value('device', { device: Device.some, assumed: true });
  if (/(^|_)(data)?loaders?$|dataloader/.test(name) || /^(train|val|valid|test|eval)_(dl|iter)$/.test(name))
    return value('loader', { assumed: true });
  if (/^(model|net|network|module)$/.test(name)) return value('module', { assumed: true });
  if (/^criterion$|^loss_(fn|func|function)$/.test(name))
    return value('module', { assumed: true, type: 'loss' });
  return handed ?? unknown;
}

function annotationHint(machine: Interpreter, p: Parameter): Value | undefined {
  if (p.annotation === null) return undefined;
  let node = p.annotation;
  // Optional[X] and X | None
  if (node.kind === 'Subscript' && /(^|\.)Optional$/.test(dottedName(node.object) ?? ''))
    node = node.indices[0] ?? node;
  if (node.kind === 'Binary' && node.operator === '|') node = node.left;
  const name = node.kind === 'String' ? node.value : (dottedName(node) ?? '');
  return objectOf(machine, name) ?? annotatedValues.get(name.slice(name.lastIndexOf('.') + 1));
}

/** An object of a class of the project, made by somebody else. What the file means by a name goes before what is known by it. */
function objectOf(machine: Interpreter, name: string): Value | undefined {
  const named = machine.globals.get(name);
  if (named?.kind !== 'class' || named.classInfo === undefined) return undefined;
  const made = machine.classes.instanceOf(named.classInfo, undefined);
  return made.kind === 'instance' ? madeElsewhere(made) : { ...made, assumed: true };
}
