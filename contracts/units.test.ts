import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBytes,
  formatDuration,
  formatEnergy,
  formatPerStep,
  formatPower,
  formatShare,
  formatWattHours,
} from './units.ts';

test('figures carry the unit that keeps them readable', () => {
  assert.equal(formatEnergy(81_400), '81.4 kJ');
  assert.equal(formatEnergy(0.0042), '4.20 mJ');
  assert.equal(formatEnergy(0), '0 J');
  assert.equal(formatWattHours(81_400), '22.6 Wh');
  assert.equal(formatPower(612.4), '612 W');
  assert.equal(formatPower(12_000), '12.0 kW');
  assert.equal(formatBytes(71.2 * 2 ** 30), '71.2 GiB');
  assert.equal(formatShare(0.381), '38 %');
  assert.equal(formatShare(0.024), '2.4 %');
  assert.equal(formatPerStep(39.8, 0.6), '39.8 J/step ±0.60');
  assert.equal(formatPerStep(1_240, 12), '1.24 kJ/step ±0.01');
  assert.equal(formatPerStep(0.25, null, 'token'), '250 mJ/token');
  assert.equal(formatDuration(133_900), '02:13');
  assert.equal(formatDuration(3_733_000), '1:02:13');
});

test('a value that is not known is a dash, never 0', () => {
  for (const format of [
    formatEnergy,
    formatWattHours,
    formatPower,
    formatBytes,
    formatShare,
    formatDuration,
  ]) {
    assert.equal(format(undefined), '–');
    assert.equal(format(null), '–');
    assert.equal(format(Number.NaN), '–');
  }
  assert.equal(formatPerStep(null), '–');
});
