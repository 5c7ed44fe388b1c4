/** What a parameter holds by the last name of its annotation, where the file means no class of the project by it. */

import { Device, number, string, tensor, type Value, value } from '../values.ts';

export const annotatedValues: ReadonlyMap<string, Value> = new Map([
  ['Tensor', tensor(Device.none)],
  ['Module', value('module', { type: 'torch.nn.Module', assumed: true })],
  ['DataLoader', value('loader', { assumed: true })],
  ['device', value('device', { device: Device.some, assumed: true })],
  ['int', number],
  ['float', number],
  ['bool', number],
  ['str', string],
  ['ndarray', value('array', { device: Device.cpu })],
  ['Fabric', value('object', { type: 'lightning.Fabric' })],
  ['Accelerator', value('object', { type: 'accelerate.Accelerator' })],
]);
