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
