/** Power limits through the driver's library: what stands and what may be, set and put back, refused, hung. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LimitControl, LimitError } from '../../sampler/powerLimit/limitControl.ts';
import { nvmlLimit } from '../../sampler/powerLimit/nvmlLimit.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { computedMachine, uuidOf } from './fakeNvml/computedMachine.ts';

const skip = noFakeNvml;
const script = [
  ...['device limit=700', 'device limit=700'],
  ...[0, 1].map((index) => `curve ${index} 1000 0:300 1000:300`),
  'limits 1 100 650',
];
const device = { uuid: uuidOf(1), index: 1, name: 'Board' };

/** Every code of nvml.h that a call can end with, one it does not have, and "unknown". */
const codes = [1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19, 25, 26, 27, 28, 29, 77, 999];

const refusalOf = (work: Promise<unknown>): Promise<LimitError['refusal'] | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      assert.ok(error instanceof LimitError, String(error));
      return error.refusal;
    },
  );

test('the limit that stands and those that may be, one that is set, and the other GPU left alone', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  machine.script(...script);
  const control = nvmlLimit({ door: machine.door, libraries: [path], ownProgram: () => null });
  const before = { currentW: 700, defaultW: 700, leastW: 100, mostW: 650 };
  assert.deepEqual(await control.range(device), before);
  await control.set(device, 412.5);
  assert.deepEqual(await control.range(device), { ...before, currentW: 412.5 });
  assert.equal((await control.range({ ...device, uuid: uuidOf(0) }))?.currentW, 700);
  assert.equal(control.command(device), 'sudo nvidia-smi -i 1 -pl <W>');
  assert.equal(await control.range({ ...device, uuid: 'zeusd-1' }), null);
  assert.equal(await control.range({ ...device, uuid: 'GPU-another' }), null);
  assert.equal((await refusalOf(control.set({ ...device, uuid: 'GPU-another' }, 300)))?.reason, 'lost');
  // What the board does not take is not set.
  assert.match((await refusalOf(control.set(device, 651)))?.message ?? '', /did not set 651 W/);
  assert.deepEqual(await control.range(device), { ...before, currentW: 412.5 });
  const nowhere = nvmlLimit({ door: machine.door, libraries: [], ownProgram: () => null });
  assert.equal(await nowhere.range(device), null);
});

test('each return code of the setter is a refusal with its reason; a denied one is left to the own program', {
  skip,
}, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const set: number[] = [];
  const program = { set: async (_: unknown, limitW: number) => void set.push(limitW) };
  let own: LimitControl | null = null;
  const control = nvmlLimit({ door: machine.door, libraries: [path], ownProgram: () => own });
  const code = (name: string, number: number): void => machine.script(...script, `return ${name} ${number}`);
  for (const each of codes) {
    code('nvmlDeviceSetPowerManagementLimit', each);
    const refusal = await refusalOf(control.set(device, 300));
    const denied = each === 4 || each === 17;
    assert.equal(refusal?.reason === 'noPermission', denied, `${each}`);
    assert.match(refusal?.message ?? '', denied ? /only an administrator/ : /NVML did not set 300 W: ./);
    assert.match(refusal?.remedy ?? '', denied ? /zeusd serve/ : /POWER/);
    assert.equal((await control.range(device))?.currentW, 700);
  }
  own = program as unknown as LimitControl;
  code('nvmlDeviceSetPowerManagementLimit', 4);
  await control.set(device, 310);
  assert.deepEqual(set, [310]);
  // A question that is not answered leaves the GPU to the next control.
  for (const each of codes)
    for (const name of [
      'nvmlInit_v2',
      'nvmlDeviceGetHandleByUUID',
      'nvmlDeviceGetPowerManagementLimit',
      'nvmlDeviceGetPowerManagementLimitConstraints',
    ]) {
      code(name, each);
      assert.equal(await control.range(device), null, `${name} ${each}`);
    }
  code('nvmlDeviceGetPowerManagementDefaultLimit', 3);
  assert.equal((await control.range(device))?.defaultW, null);
});

test('a driver that hangs is said to, and what it sets in the end is not lost', { skip }, async (context) => {
  const path = compileFakeNvml();
  const machine = computedMachine(context, path);
  const parts = { door: machine.door, libraries: [path], ownProgram: () => null };
  const control = nvmlLimit({ ...parts, answerWithinMs: 300 });
  machine.script(...script, 'delay nvmlDeviceSetPowerManagementLimit 1500');
  const fromMs = performance.now();
  assert.equal((await refusalOf(control.set(device, 300)))?.reason, 'timeout');
  assert.ok(performance.now() - fromMs < 1400, 'the loop waited for the driver');
  // Nobody reads the old limit while the new one may still come: a restore must not take the GPU for untouched.
  assert.equal((await refusalOf(control.range(device)))?.reason, 'timeout');
  await machine.idle();
  assert.equal((await nvmlLimit(parts).range(device))?.currentW, 300);
});
