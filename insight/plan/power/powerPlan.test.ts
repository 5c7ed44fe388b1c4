import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitPoint } from '../../../contracts/powerPlan.ts';
import type { RunTick, StepMark } from '../../ticks.ts';
import { limitPoints } from './limitPoints.ts';
import { LimitStretches } from './limitStretches.ts';
import { pickLimit } from './pickLimit.ts';
import { SweepSchedule, sweptLimits } from './sweepSchedule.ts';

/** Steps of `stepMs` and `stepJ` from a moment on. */
function marksOf(
  fromMs: number,
  fromCount: number,
  fromJ: number,
  steps: number,
  stepMs: number,
  stepJ: number,
): StepMark[] {
  return Array.from({ length: steps }, (_, at) => ({
    timeMs: fromMs + (at + 1) * stepMs,
    count: fromCount + at + 1,
    energyJ: fromJ + (at + 1) * stepJ,
  }));
}

const marks = [...marksOf(0, 0, 0, 30, 100, 30), ...marksOf(3000, 30, 900, 30, 150, 27)];
const stretch = (limitW: number, fromMs: number, toMs: number) => ({ limitW, fromMs, toMs, reached: null });

test('each stretch gives its steps without those of the warm-up', () => {
  const points = limitPoints([{ stretches: [stretch(300, 0, 3000), stretch(200, 3000, 7500)], marks }], 10);
  assert.deepEqual(
    points.map(({ limitW, steps, perStepMs, perStepJ }) => ({ limitW, steps, perStepMs, perStepJ })),
    [
      { limitW: 200, steps: 19, perStepMs: 150, perStepJ: 27 },
      { limitW: 300, steps: 19, perStepMs: 100, perStepJ: 30 },
    ],
  );
  assert.equal(points[1]?.meanPowerW, 300);
});

test('a stretch with too few steps after the warm-up says nothing', () => {
  assert.deepEqual(limitPoints([{ stretches: [stretch(300, 0, 1300)], marks }], 10), []);
});

test('whether the energy differs from that at the highest limit is told by the spread of the steps', () => {
  const noisy = (fromMs: number, count: number, fromJ: number, stepJ: number): StepMark[] =>
    marksOf(fromMs, count, fromJ, 50, 100, stepJ).map((mark, at) => ({
      ...mark,
      energyJ: mark.energyJ + (at % 2 === 0 ? 3 : -3),
    }));
  const differs = (stepJ: number): boolean | null | undefined => {
    const both = [...noisy(0, 0, 0, 30), ...noisy(5000, 50, 1500, stepJ)];
    return limitPoints(
      [{ stretches: [stretch(300, 0, 5000), stretch(200, 5000, 10_000)], marks: both }],
      10,
    )[0]?.differs;
  };
  assert.equal(differs(24), true);
  assert.equal(differs(29.9), false);
  const few = limitPoints([{ stretches: [stretch(300, 0, 1700), stretch(200, 3000, 7500)], marks }], 10);
  assert.equal(few[0]?.differs, null);
});

test('two stretches of one limit, of several runs too, are one point', () => {
  const record = { stretches: [stretch(300, 0, 3000)], marks };
  const [point] = limitPoints([record, record], 10);
  assert.equal(point?.steps, 38);
  assert.equal(point?.perStepJ, 30);
});

const tick = (timeMs: number, limits: Readonly<Record<string, number>>, rest = {}): RunTick => ({
  timeMs,
  host: null,
  gpus: Object.entries(limits).map(([uuid, powerLimitW]) => ({ uuid, powerLimitW, ...rest })),
});

test('stretches are told apart by the limit that all GPUs have; while they differ there is none', () => {
  const stretches = new LimitStretches();
  for (const [timeMs, a, b] of [
    [0, 300, 300],
    [100, 300, 300],
    [200, 250, 300],
    [300, 250, 250.4],
    [400, 250, 250],
  ] as const)
    stretches.add(tick(timeMs, { a, b }));
  assert.deepEqual(stretches.list(), [stretch(300, 0, 100), stretch(250, 300, 400)]);
});

test('whether a limit is reached is what the driver says, and else how near the power comes', () => {
  const reachedOf = (rest: object): boolean | null | undefined => {
    const stretches = new LimitStretches();
    for (const timeMs of [0, 100, 200]) stretches.add(tick(timeMs, { a: 300 }, rest));
    return stretches.list()[0]?.reached;
  };
  assert.equal(reachedOf({ powerW: 299, powerCapped: 0 }), false);
  assert.equal(reachedOf({ powerW: 200, powerCapped: 1 }), true);
  assert.equal(reachedOf({ powerW: 299 }), true);
  assert.equal(reachedOf({ powerW: 200 }), false);
  assert.equal(reachedOf({}), null);
});

const point = (limitW: number, perStepMs: number, perStepJ: number): LimitPoint => ({
  limitW,
  perStepMs,
  perStepJ,
  steps: 40,
  spreadJ: null,
  meanPowerW: (perStepJ * 1000) / perStepMs,
  reached: true,
  differs: true,
  paretoOptimal: true,
});
const curve = [point(150, 180, 29), point(200, 140, 27), point(250, 112, 26), point(300, 100, 27.5)];

test('the three wishes pick their points', () => {
  const pick = (wish: Parameters<typeof pickLimit>[1]): number | undefined =>
    pickLimit(curve, wish, 1)?.limitW;
  assert.equal(pick({ kind: 'leastEnergy' }), 250);
  assert.equal(pick({ kind: 'slowdown', share: 0.05 }), 300);
  assert.equal(pick({ kind: 'slowdown', share: 0.12 }), 250);
  assert.equal(pick({ kind: 'weighed', eta: 0 }), 300);
  assert.equal(pick({ kind: 'weighed', eta: 1 }), 250);
  assert.equal(pickLimit([], { kind: 'leastEnergy' }, 1), null);
});

test('a point that another beats in time and energy is not on the curve', () => {
  const steps: readonly (readonly [limitW: number, stepMs: number, stepJ: number])[] = [
    [300, 100, 27.5],
    [250, 112, 26],
    [200, 140, 27],
    [150, 180, 29],
  ];
  const made: StepMark[] = [];
  const stretches = steps.map(([limitW, stepMs, stepJ]) => {
    const { timeMs, count, energyJ } = made.at(-1) ?? { timeMs: 0, count: 0, energyJ: 0 };
    made.push(...marksOf(timeMs, count, energyJ, 30, stepMs, stepJ));
    return stretch(limitW, timeMs, timeMs + 30 * stepMs);
  });
  const points = limitPoints([{ stretches, marks: made }], 10);
  assert.deepEqual(
    points.filter(({ paretoOptimal }) => paretoOptimal).map(({ limitW }) => limitW),
    [250, 300],
  );
});

test('a sweep goes from the highest limit to the lowest, which is always among them', () => {
  assert.deepEqual(sweptLimits(150, 300, 50), [300, 250, 200, 150]);
  assert.deepEqual(sweptLimits(160, 300, 50), [300, 250, 200, 160]);
  assert.deepEqual(sweptLimits(300, 300, 25), [300]);
});

test('a sweep counts steps in the portions in which they are printed, and goes on after warm-up and measured ones', () => {
  const schedule = new SweepSchedule({ limitsW: [300, 200], warmUpSteps: 10, measuredSteps: 40 });
  assert.deepEqual(schedule.next(5, 0, 0), { kind: 'set', limitW: 300 });
  // Printed each 25 steps: the first count seen begins, the second ends the warm-up, two more are enough.
  const portions = (from: number, fromMs: number): void => {
    for (const portion of [0, 1, 2])
      assert.equal(schedule.next(from + 25 * portion, fromMs + 2500 * portion, fromMs).kind, 'wait');
  };
  portions(25, 1000);
  assert.deepEqual(schedule.next(100, 8500, 8500), { kind: 'set', limitW: 200 });
  assert.equal(schedule.done, 1);
  portions(125, 11_000);
  assert.equal(schedule.next(200, 18_500, 18_500).kind, 'done');
  assert.equal(schedule.limitW, null);
});

test('hundreds of steps at once are no measurement: the limit stands until steps are seen at three times', () => {
  const schedule = new SweepSchedule({ limitsW: [300], warmUpSteps: 10, measuredSteps: 40 });
  schedule.next(5, 0, 0);
  assert.equal(schedule.next(6, 100, 100).kind, 'wait');
  assert.equal(schedule.next(400, 5000, 5000).kind, 'wait');
  assert.equal(schedule.next(500, 9000, 9000).kind, 'wait');
  // 120 steps in 4.5 s with the first 100 at less than the pace of the others: a quarter of a second is in doubt.
  assert.equal(schedule.next(520, 9500, 9500).kind, 'wait');
  assert.equal(schedule.next(900, 23_750, 23_750).kind, 'done');
});

test('fast steps are measured for two seconds at least, and a run without steps ends the sweep', () => {
  const schedule = new SweepSchedule({ limitsW: [300], warmUpSteps: 1, measuredSteps: 4 });
  schedule.next(0, 0, 0);
  for (let count = 1; count <= 200; count += 1)
    assert.equal(schedule.next(count, count * 10, count * 10).kind, 'wait', `step ${count}`);
  assert.equal(schedule.next(203, 2030, 2030).kind, 'done');
  const still = new SweepSchedule({ limitsW: [300], warmUpSteps: 1, measuredSteps: 4 });
  still.next(7, 0, 0);
  assert.equal(still.next(7, 0, 119_000).kind, 'wait');
  assert.equal(still.next(7, 0, 121_000).kind, 'stalled');
});
