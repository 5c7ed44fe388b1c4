import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDevice } from '../../contracts/runs.ts';
import { checkRecord } from './checkRecord.ts';
import { readCodecarbon } from './codecarbon.ts';

const csv = 'timestamp,run_id,duration,gpu_count,gpu_energy\n2026-01-02T03:04:05,abc,60,1,0.01\n';
const [{ record } = { record: null }] = readCodecarbon(csv);

function deviceOf(change: object): RunDevice | undefined {
  assert.ok(record !== null);
  const devices = record.run.devices.map((device) => ({ ...device, ...change }));
  return checkRecord({ ...record, run: { ...record.run, devices } }).run.devices[0];
}

test('how a sensor works comes along with its device, and need not', () => {
  const sensing = { updatePeriodMs: 100, windowMs: 25 };
  assert.deepEqual(deviceOf({ sensing })?.sensing, sensing);
  assert.equal(deviceOf({ sensing: null })?.sensing, null);
  assert.equal(deviceOf({ counterPeriodMs: 1 })?.counterPeriodMs, 1);
  assert.equal('sensing' in (deviceOf({}) ?? {}), false);
});

test('a sensor that no chip has is refused with its place', () => {
  assert.throws(
    () => deviceOf({ sensing: { updatePeriodMs: -1, windowMs: 25 } }),
    /devices.*sensing\.updatePeriodMs/,
  );
  assert.throws(() => deviceOf({ counterPeriodMs: 'often' }), /devices.*counterPeriodMs/);
});

test('what a kernel held after the cell comes along, and nothing impossible does', () => {
  assert.ok(record !== null);
  const { run } = record;
  const provenance = { source: 'nvml', quality: 'instant', simulated: false, band: 0.05 } as const;
  const heldAfter = {
    durationMs: 9_000,
    idleMs: 8_000,
    energyJ: 560,
    coverage: 1,
    provenance,
    until: 'nextRun',
  } as const;
  const checked = (hold: object): unknown =>
    checkRecord({ ...record, run: { ...run, heldAfter: hold } }).run.heldAfter;
  assert.deepEqual(checked(heldAfter), heldAfter);
  assert.deepEqual(checked({ ...heldAfter, energyJ: null }), { ...heldAfter, energyJ: null });
  assert.throws(() => checked({ ...heldAfter, energyJ: -1 }), /run\.heldAfter\.energyJ/);
  assert.throws(() => checked({ ...heldAfter, energyJ: 1e15 }), /run\.heldAfter\.energyJ is more/);
  assert.throws(() => checked({ ...heldAfter, idleMs: 1e300 }), /run\.heldAfter\.idleMs/);
  assert.throws(() => checked({ ...heldAfter, until: 'soon' }), /run\.heldAfter\.until/);
});

test('epochs and kinds of work come along with the run, and nonsense among them is refused', () => {
  assert.ok(record !== null);
  const { run } = record;
  const course = {
    epochs: [{ timeMs: 1000, epoch: 1, done: true }],
    phases: [{ phase: 'forward', fromMs: 0, toMs: 1000 }],
  };
  assert.deepEqual(checkRecord({ ...record, run: { ...run, course } }).run.course, course);
  assert.equal('course' in checkRecord(record).run, false);
  for (const wrong of [
    { ...course, epochs: [{ timeMs: 1000, epoch: 'first', done: true }] },
    { ...course, epochs: [{ timeMs: 1000, epoch: -1, done: true }] },
    { ...course, epochs: [{ timeMs: 1e300, epoch: 1, done: true }] },
    { ...course, phases: [{ phase: 'forward', fromMs: 0, toMs: 1e300 }] },
  ])
    assert.throws(() => checkRecord({ ...record, run: { ...run, course: wrong } }), /run\.course/);
});

test('the grid zone of a run comes along with it; what names none is left out', () => {
  assert.ok(record !== null);
  const { run } = record;
  const settingOf = (gridZone: unknown): object | undefined => {
    const setting = { interpreter: null, git: null, timeZone: 'Europe/Berlin', gridZone };
    return checkRecord({ ...record, run: { ...run, setting } }).run.setting;
  };
  assert.deepEqual(settingOf('DE'), {
    interpreter: null,
    git: null,
    timeZone: 'Europe/Berlin',
    gridZone: 'DE',
  });
  for (const other of [undefined, null, 7, '', 'a b', '<b>'])
    assert.equal('gridZone' in (settingOf(other) ?? {}), false, String(other));
});
