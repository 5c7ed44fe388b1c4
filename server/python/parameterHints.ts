/** What a parameter is likely to be when no call in the file says so. Framework hooks are known; names are the weakest hint. */

import type { Interpreter } from './interpreter.ts';
import { lightningModule } from './knowledge/constructors.ts';
import type { Parameter } from './nodes.ts';
import { Device, type FunctionInfo, number, string, tensor, unknown, type Value, value } from './values.ts';
import { dottedName } from './walk.ts';

const lightningHooks =
  /^(training|validation|test|predict)_step$|^(shared|common|_shared|_common)_(eval_)?step$|^forward$/;
const trainerHooks = new Set([
  'compute_loss',
  'training_step',
  'prediction_step',
  'get_batch_loss_metrics',
  'concatenated_forward',
]);

/** A value of assumed kind, or unknown. */
export function parameterHint(machine: Interpreter, info: FunctionInfo, p: Parameter): Value {
  const annotated = annotationHint(p);
  if (info.owner !== undefined) {
    const bases = machine.classes.libraryBases(info.owner);
    const hook =
      (lightningHooks.test(info.node.name) && bases.some((b) => lightningModule.test(b))) ||
      (trainerHooks.has(info.node.name) && machine.classes.isTrainer(info.owner));
    // The framework has moved model and batch to the device by then.
    if (hook && !/(^|_)(idx|index|step)$/.test(p.name) && p.annotation === null) {
      if (p.name === 'model') return value('module', { device: Device.some, assumed: true });
      return value('unknown', { device: Device.some, assumed: true, type: 'batch' });
    }
    if (hook && annotated !== undefined && (annotated.kind === 'tensor' || annotated.kind === 'module'))
      return { ...annotated, device: Device.some };
  }
  if (annotated !== undefined) return annotated;
  const name = p.name.toLowerCase();
  if (name === 'device' || name.endsWith('_device'))
    return value('device', { device: Device.some, assumed: true });
  if (/(^|_)(data)?loaders?$|dataloader/.test(name) || /^(train|val|valid|test|eval)_(dl|iter)$/.test(name))
    return value('loader', { assumed: true });
  if (/^(model|net|network|module)$/.test(name)) return value('module', { assumed: true });
  if (/^criterion$|^loss_(fn|func|function)$/.test(name))
    return value('module', { assumed: true, type: 'loss' });
  return unknown;
}

function annotationHint(p: Parameter): Value | undefined {
  if (p.annotation === null) return undefined;
  let node = p.annotation;
  // Optional[X] and X | None
  if (node.kind === 'Subscript' && /(^|\.)Optional$/.test(dottedName(node.object) ?? ''))
    node = node.indices[0] ?? node;
  if (node.kind === 'Binary' && node.operator === '|') node = node.left;
  const name = node.kind === 'String' ? node.value : (dottedName(node) ?? '');
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'Tensor':
      return tensor(Device.none);
    case 'Module':
      return value('module', { assumed: true });
    case 'DataLoader':
      return value('loader', { assumed: true });
    case 'device':
      return value('device', { device: Device.some, assumed: true });
    case 'int':
    case 'float':
    case 'bool':
      return number;
    case 'str':
      return string;
    case 'ndarray':
      return value('array', { device: Device.cpu });
    default:
      return undefined;
  }
}
