import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cappedLoad } from './cappedLoad.ts';

/** Shares of the speed without a limit, as the published fit states them for GPT-3 XL on the 80 GB A100 (PCIe). */
const reference = {
  chip: { staticW: 97.3, kneeClock: 0.651, leastVoltage: 0.763, leastClock: 0.125 },
  load: { naturalW: 372, phaseSpread: 0.797, clockSensitivity: 0.883 },
  limitsW: [175, 200, 225, 250, 275, 300],
  fittedSpeed: [0.5668, 0.7022, 0.8129, 0.8949, 0.9561, 1],
  fittedW: [173.5, 195.9, 217.8, 236.7, 254.9, 272.6],
  measuredSpeed: [0.5653, 0.6835, 0.8195, 0.9242, 0.9689, 1],
  measuredW: [166.1, 187.7, 211, 234.8, 256.7, 278.5],
};

test('speed and power under limits are those of the fit, and near what was measured', () => {
  const { chip, load, limitsW, fittedSpeed, fittedW, measuredSpeed, measuredW } = reference;
  const capped = limitsW.map((limitW) => cappedLoad(chip, load, limitW));
  const full = capped.at(-1)?.speed ?? Number.NaN;
  for (const [index, { speed, meanPowerW }] of capped.entries()) {
    const off = (value: number, list: readonly number[]): number => Math.abs(value - (list[index] ?? 0));
    assert.ok(off(speed / full, fittedSpeed) < 0.001, `${limitsW[index]} W: speed ${speed / full}`);
    assert.ok(off(meanPowerW, fittedW) < 0.2, `${limitsW[index]} W: ${meanPowerW} W`);
    assert.ok(off(speed / full, measuredSpeed) < 0.035);
    assert.ok(off(meanPowerW, measuredW) < 10);
  }
});

test('a limit that the work does not reach changes nothing, and power stays at the floor below the lowest clock', () => {
  const { chip } = reference;
  const light = { naturalW: 150, phaseSpread: 0.1, clockSensitivity: 0.9 };
  const free = cappedLoad(chip, light, 300);
  assert.equal(free.speed, 1);
  assert.ok(Math.abs(free.meanPowerW - 150) < 1e-9);
  assert.deepEqual(cappedLoad(chip, light, 160), free);
  assert.ok(cappedLoad(chip, light, 10).meanPowerW > chip.staticW);
});
