import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { formatPerStep } from '../../contracts/units.ts';
import { sidesRows } from '../report/sidesMarkdown.ts';
import { createRandom } from '../testing/random.ts';
import { sideRates, stepNoise } from '../testing/stepNoise.ts';
import type { RunToCompare } from './compareRuns.ts';
import { compareSides } from './compareSides.ts';
import { meanOfRuns } from './runSpread.ts';
import { tWithin } from './studentT.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
const provenance = { source: 'nvml', quality: 'counter', simulated: false, band: 0.05 } as const;

function run(number: number, meanJ: number, rest: Partial<RunSummary> = {}): RunToCompare {
  const summary = {
    runId: `run-${number}`,
    number,
    name: 'train.py',
    command: 'python train.py',
    script: '/project/train.py',
    origin: 'terminal',
    state: 'ended',
    durationMs: 100_000,
    exitCode: 0,
    devices: [],
    simulated: false,
    totals: { energyJ: 9000, idleJ: 900, method: 'counter', coverage: 1, durationMs: 100_000, provenance },
    steps: { count: 200, total: 200, perStepJ: meanJ, spreadJ: 1, stepsPerSecond: 2 },
    ...rest,
  } as RunSummary;
  const marks = stepNoise(createRandom(seed + number), { meanJ, steps: 200, variation: 0.002 });
  return { summary, marks };
}

test('t within 95 % is that of the printed tables', () => {
  for (const [freedom, t] of [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [4, 2.776],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
    [1000, 1.962],
  ] as const)
    assert.ok(Math.abs(tWithin(freedom, 0.95) / t - 1) < 5e-4, `${freedom}: ${tWithin(freedom, 0.95)}`);
});

test('a difference under 2 % is told with three runs a side that hardly differ, and not with two', () => {
  const side = (from: number, meanJ: number, runs: number): RunToCompare[] =>
    Array.from({ length: runs }, (_, at) => run(from + at, meanJ * (1 + 0.0004 * (at - 1))));
  const three = compareSides(side(1, 40, 3), side(4, 39.6, 3));
  assert.equal(three.verdict, 'better');
  assert.ok(Math.abs((three.change ?? 0) + 0.01) < 0.002, `${three.change} (seed ${seed})`);
  assert.ok(three.interval !== null && three.interval[1] < 0);
  assert.deepEqual(three.caveats, []);
  const worse = compareSides(side(4, 39.6, 3), side(1, 40, 3));
  assert.equal(worse.verdict, 'worse');
  const two = compareSides(side(1, 40, 2), side(4, 39.6, 2));
  assert.equal(two.verdict, 'notDistinguishable');
});

test('runs of a side that differ as much as the sides tell nothing, however many steps they have', () => {
  const { verdict, interval, variation } = compareSides(
    [run(1, 40), run(2, 42), run(3, 38)],
    [run(4, 38.5), run(5, 40.5), run(6, 36.5)],
  );
  assert.equal(verdict, 'notDistinguishable');
  assert.ok(interval !== null && interval[0] < 0 && interval[1] > 0);
  assert.ok(Math.abs((variation[0] ?? 0) - 0.05) < 0.003);
});

test('copies of a run are not compared, be they on both sides, on one, or across: they have no spread', () => {
  const copy = (number: number, meanJ: number, as: number): RunToCompare => {
    const { summary, marks } = run(number, meanJ);
    const rounded = marks.map((mark) => ({ ...mark, energyJ: Number(mark.energyJ.toPrecision(9)) }));
    return { summary: { ...summary, runId: `copy-${as}`, number: as }, marks: rounded };
  };
  const three = [run(1, 40), run(2, 41), run(3, 39)];
  for (const [before, after, named] of [
    [[run(1, 100), copy(1, 100, 11)], [run(2, 99.9), copy(2, 99.9, 12)], 'Runs 1 and 11'],
    [three, [run(4, 30), copy(4, 30, 14)], 'Runs 4 and 14'],
    [three, [run(4, 30), run(5, 31), copy(4, 30, 14)], 'Runs 4 and 14'],
    [three, [run(4, 30), copy(3, 39, 13)], 'Runs 3 and 13'],
  ] as const) {
    const { verdict, interval, caveats } = compareSides(before, after);
    assert.equal(verdict, 'notComparable', named);
    assert.equal(interval, null);
    assert.equal(caveats[0], `${named} are copies of one run: leave one of them out.`);
  }
  assert.notEqual(compareSides(three, [run(4, 30), run(5, 31)]).interval, null);
});

test('the change of the means that are shown is the change that is told', () => {
  const comparison = compareSides([run(1, 20), run(2, 80), run(3, 40)], [run(4, 39), run(5, 41), run(6, 40)]);
  const shown = [comparison.baseline, comparison.runs].map((side) =>
    meanOfRuns(side.map(({ perStepJ }) => perStepJ)),
  );
  const change = (shown[1] ?? 0) / (shown[0] ?? 0) - 1;
  assert.ok(Math.abs(change - (comparison.change ?? 1)) < 1e-9, `${change} ${comparison.change}`);
  const row = sidesRows(comparison, ['', '']).find(([label]) => /per step/.test(label ?? ''));
  assert.equal(row?.[0], 'Energy per step, geometric mean');
  assert.equal(row?.[1], formatPerStep(shown[0] ?? null, null, comparison.baseline[0]?.unit));
});

test('a side of one run, a simulated run among real ones, a run without energy: no verdict, and why', () => {
  const three = [run(1, 40), run(2, 40), run(3, 40)];
  for (const [other, why] of [
    [[run(4, 30)], /no spread between runs/],
    [
      [run(4, 30), { ...run(5, 30), marks: run(5, 30).marks.slice(0, 2) }],
      /^Run 5 has 0 steps after a warm-up of \d+; it takes 1 or more\.$/,
    ],
    [[run(4, 30), run(5, 30, { simulated: true })], /simulated and the other real/],
    [
      [run(4, 30), run(5, 30, { totals: { ...run(5, 30).summary.totals, energyJ: null } })],
      /Run 5 has no energy reading\./,
    ],
  ] as const) {
    const { verdict, change, caveats } = compareSides(three, other);
    assert.equal(verdict, 'notComparable');
    assert.equal(change, null);
    assert.match(caveats[0] ?? '', why);
  }
  const { caveats } = compareSides(three, [run(4, 30, { state: 'live' }), run(5, 30, { exitCode: 1 })]);
  assert.equal(
    caveats.filter((caveat) => /Run 4 is still running/.test(caveat)).length,
    1,
    'each reason once',
  );
  assert.match(caveats.join(' '), /Run 5 ended with exit code 1/);
});

test('of 200 equal pairs of 3 + 3 runs few are called, and a true 10 % is found', () => {
  const plan = { meanJ: 40, steps: 60, runs: 3, betweenRuns: 0.015 };
  const { called, found } = sideRates(createRandom(seed), 200, plan, -0.1);
  // 5 % of 200 with four standard deviations above it; the soak holds 1,000 pairs to 6.5 %.
  assert.ok(called <= 23, `${called} called (seed ${seed})`);
  assert.ok(found >= 160, `${found} found (seed ${seed})`);
});
