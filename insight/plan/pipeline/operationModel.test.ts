import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../testing/random.ts';
import { exponentialAt, fitExponential } from './exponentialFit.ts';
import { fittedCurve, operationKind } from './operationModel.ts';
import { type FrequencyMeasurement, paretoOptions } from './paretoOptions.ts';

const unitTimeS = 0.001;
const accounting = { blockingPowerW: 80, unitTimeS };

const measured = (...rows: readonly (readonly [frequencyMHz: number, timeS: number, energyJ: number])[]) =>
  rows.map(([frequencyMHz, timeS, energyJ]): FrequencyMeasurement => ({ frequencyMHz, timeS, energyJ }));

const curveOf = (rows: readonly FrequencyMeasurement[]) => {
  const profile = { stages: [{ forward: rows, backward: rows }] };
  return fittedCurve(operationKind(profile, 0, 'forward', unitTimeS), accounting);
};

test('options that another beats in time and energy are dropped, and of one duration the dearest stays', () => {
  const options = paretoOptions(
    measured(
      [1400, 0.0501, 30],
      [1300, 0.0559, 26],
      [1290, 0.0551, 27],
      [1200, 0.06, 31],
      [1100, 0.0701, 22],
      [1000, 0.08, 20],
      [900, 0.09, 21],
    ),
    unitTimeS,
  );
  assert.deepEqual(
    options.map(({ units, frequencyMHz }) => [units, frequencyMHz]),
    [
      [50, 1400],
      [55, 1290],
      [70, 1100],
      [80, 1000],
    ],
  );
});

test('where three or fewer are left, those that are beaten by less than 5 % come back', () => {
  const rows = measured(
    [1400, 0.05, 30],
    [1300, 0.0505, 30.5],
    [1200, 0.06, 24],
    [1100, 0.0612, 24.5],
    [1000, 0.07, 40],
  );
  assert.deepEqual(
    paretoOptions(rows, unitTimeS).map(({ units }) => units),
    [50, 60, 61],
  );
});

test('a curve that was made of an exponential is found again', () => {
  for (const [a, b, c] of [
    [15184, -0.1495, 10.9],
    [30, -0.002, -5],
    [1e6, -0.3, 100],
  ] as const) {
    const points = Array.from({ length: 12 }, (_, at) => ({
      units: 50 + at,
      costJ: a * Math.exp(b * (50 + at)) + c,
    }));
    const fit = fitExponential(points);
    assert.ok(fit);
    for (const { units, costJ } of points)
      assert.ok(
        Math.abs(exponentialAt(fit, units) - costJ) < 1e-5 * Math.abs(costJ),
        `${a} ${b} ${c} at ${units}`,
      );
  }
});

test('no other curve of the form lies closer to noisy points', () => {
  const random = createRandom(7);
  for (let round = 0; round < 20; round += 1) {
    const points = Array.from({ length: 10 }, (_, at) => ({
      units: 40 + 3 * at,
      costJ: 20 * Math.exp(-0.08 * at) + random.normal(),
    }));
    const fit = fitExponential(points);
    assert.ok(fit);
    const errorOf = (curve: typeof fit): number =>
      points.reduce((sum, { units, costJ }) => sum + (exponentialAt(curve, units) - costJ) ** 2, 0);
    for (let other = 0; other < 200; other += 1) {
      const near = {
        ...fit,
        a: fit.a * (1 + 0.05 * random.normal()),
        b: fit.b * (1 + 0.05 * random.normal()),
        c: fit.c + 0.2 * random.normal(),
      };
      assert.ok(errorOf(near) >= errorOf(fit) - 1e-9);
    }
  }
});

test('profiles that are hardly a curve still give one that falls and is convex', () => {
  for (const [name, rows, durations] of [
    ['one frequency', measured([1400, 0.05, 30]), 1],
    ['two frequencies', measured([1400, 0.05, 30], [1000, 0.07, 24]), 21],
    [
      'bent the wrong way',
      measured([1400, 0.05, 30], [1300, 0.055, 29.5], [1200, 0.06, 28], [1100, 0.065, 25], [1000, 0.07, 20]),
      21,
    ],
    [
      'a steep step far from 0',
      measured([1400, 5, 300], [1390, 5.001, 200], [1380, 5.002, 199.9], [1370, 5.003, 199.8]),
      4,
    ],
    ['energy that only rises', measured([1400, 0.05, 20], [1300, 0.06, 21], [1200, 0.07, 24]), 1],
    ['all within one time unit', measured([1400, 0.0501, 30], [1300, 0.0503, 29]), 1],
    [
      'energy that stays',
      measured([1400, 0.05, 20], [1300, 0.06, 20], [1200, 0.07, 20], [1100, 0.08, 20]),
      31,
    ],
  ] as const) {
    const { costsJ } = curveOf(rows);
    assert.equal(costsJ.length, durations, name);
    const drops = Array.from(costsJ.subarray(1), (costJ, at) => (costsJ[at] ?? 0) - costJ);
    assert.ok(
      drops.every((dropJ, at) => dropJ >= 0 && dropJ <= (drops[at - 1] ?? Number.POSITIVE_INFINITY) + 1e-9),
      `${name}: ${drops}`,
    );
  }
});

test('how far the measurements lie from the curve is told as a share of their energy', () => {
  assert.equal(curveOf(measured([1400, 0.05, 30], [1000, 0.07, 24])).worstDeviation < 1e-9, true);
  const bent = measured(
    [1400, 0.05, 30],
    [1300, 0.055, 29.5],
    [1200, 0.06, 28],
    [1100, 0.065, 25],
    [1000, 0.07, 20],
  );
  const { worstDeviation } = curveOf(bent);
  assert.ok(worstDeviation > 0.03 && worstDeviation < 0.15, `${worstDeviation}`);
});
