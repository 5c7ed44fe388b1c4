import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { profileText } from '../../../test/perseus/reference.ts';
import { parseStageProfile } from '../pipeline/stageProfile.ts';
import { type BalancedGpu, balancePlan, savedByStretch } from './balancePlan.ts';
import { type StepBlock, StepBlocks } from './stepBlocks.ts';

const gpu = (index: number, waitingPowerW: number | null = 80): BalancedGpu => ({
  uuid: `g${index}`,
  index,
  name: 'A100',
  waitingPowerW,
});

/** 10 steps of 200 ms each; what each GPU is busy, and draws. */
const block = (...loads: readonly (readonly [utilization: number, powerW: number])[]): StepBlock => ({
  durationMs: 2000,
  steps: 10,
  loads: loads.map(([utilization, powerW]) => ({ utilization, powerW })),
});

describe('balance', () => {
  test('slack is what the longest works more, less its spread; the saving is of the energy above waiting', () => {
    const blocks = [0, 0.02, -0.02, 0].map((off) => block([0.9, 360], [0.6 + off, 270]));
    const plan = balancePlan([gpu(0), gpu(1)], blocks);
    assert.ok(plan);
    const [longest, waits] = plan.gpus;
    assert.equal(longest?.slackMs, 0);
    assert.equal(longest?.stretch, 1);
    assert.equal(longest?.savedJ, 0);
    assert.ok(waits);
    assert.ok(Math.abs(waits.slackMs - 60) < 1e-9, `${waits.slackMs}`);
    const spread = waits.spreadMs ?? Number.NaN;
    assert.ok(spread > 2 && spread < 4, `${spread}`);
    assert.ok(Math.abs(waits.stretch - Math.min(1.4, 1 + (60 - spread) / 120)) < 1e-9);
    const aboveWaitingJ = (270 - 80) * 0.2;
    assert.ok(Math.abs((waits.savedJ ?? 0) - aboveWaitingJ * savedByStretch(waits.stretch)) < 1e-9);
    assert.equal(plan.slackFrom, 'utilization');
  });

  test('the longest in turn: nobody can be slowed for good', () => {
    const blocks = [0, 1, 0, 1].map((turn) =>
      turn === 0 ? block([0.9, 300], [0.7, 250]) : block([0.7, 250], [0.9, 300]),
    );
    const plan = balancePlan([gpu(0), gpu(1)], blocks);
    assert.deepEqual(
      plan?.gpus.map(({ stretch, savedJ }) => [stretch, savedJ]),
      [
        [1, 0],
        [1, 0],
      ],
    );
  });

  test('busy all the time: power tells who waits, with room for cards that differ', () => {
    const blocks = Array.from({ length: 5 }, () => block([1, 380], [1, 230], [1, 370]));
    const plan = balancePlan([gpu(0), gpu(1), gpu(2)], blocks);
    assert.equal(plan?.slackFrom, 'power');
    const [first, waits, alike] = plan?.gpus ?? [];
    assert.equal(first?.stretch, 1);
    assert.equal(alike?.stretch, 1, 'three percent lower is no slack');
    assert.ok(waits && Math.abs(waits.workShare - 0.5) < 1e-9 && waits.stretch === 1.4);
    assert.match(plan?.caveats.join(' ') ?? '', /estimated from their power/);
  });

  test('without the waiting power nothing is said to be saved, and busy GPUs have no slack', () => {
    const uneven = Array.from({ length: 4 }, () => block([0.9, 360], [0.5, 250]));
    const plan = balancePlan([gpu(0, null), gpu(1, null)], uneven);
    assert.equal(plan?.savedJ, null);
    assert.ok((plan?.gpus[1]?.slackMs ?? 0) > 79);
    const busy = Array.from({ length: 4 }, () => block([1, 360], [1, 250]));
    const untold = balancePlan([gpu(0, null), gpu(1, null)], busy);
    assert.ok(untold?.gpus.every(({ slackMs, stretch }) => slackMs === 0 && stretch === 1));
    assert.match(untold?.caveats.join(' ') ?? '', /not known of this run/);
  });

  test('one GPU, or too few blocks: no plan', () => {
    const blocks = Array.from({ length: 4 }, () => block([0.9, 360]));
    assert.equal(balancePlan([gpu(0)], blocks), null);
    assert.equal(balancePlan([gpu(0), gpu(1)], [block([0.9, 360], [0.5, 200])]), null);
  });

  test('the model never promises more than the published profile shows, and at least a third of it', () => {
    const blockingPowerW = 83.64;
    let held = 0;
    for (const stage of parseStageProfile(profileText()).stages)
      for (const measured of [stage.forward, stage.backward]) {
        const highest = measured.reduce((a, b) => (b.frequencyMHz > a.frequencyMHz ? b : a));
        const above = ({ energyJ, timeS }: typeof highest): number => energyJ - blockingPowerW * timeS;
        for (const option of measured) {
          const stretch = option.timeS / highest.timeS;
          if (stretch < 1.02 || stretch > 1.4) continue;
          const trueShare = 1 - above(option) / above(highest);
          const share = savedByStretch(stretch);
          assert.ok(
            share <= trueShare + 0.005 && share >= trueShare / 3,
            `${stretch}: ${share}, measured ${trueShare}`,
          );
          held += 1;
        }
      }
    assert.ok(held > 300, `${held} measurements`);
  });
});

test('blocks take readings between their marks, after the warm-up', () => {
  const marks = Array.from({ length: 41 }, (_, count) => ({ count, timeMs: count * 250, energyJ: 0 }));
  const blocks = new StepBlocks(['a', 'b'], marks, 8);
  assert.deepEqual(blocks.span, { fromMs: 2000, toMs: 10_000 });
  for (let timeMs = 0; timeMs <= 12_000; timeMs += 100)
    blocks.add({
      timeMs,
      gpus: [
        { uuid: 'a', utilization: timeMs <= 2000 || timeMs > 10_000 ? 0 : 1, powerW: 300 },
        { uuid: 'b', utilization: null, powerW: 100 },
      ],
      host: null,
    });
  const list = blocks.list();
  assert.equal(list.length, 4);
  for (const { steps, durationMs, loads } of list) {
    assert.deepEqual([steps, durationMs], [8, 2000]);
    assert.deepEqual(loads, [
      { utilization: 1, powerW: 300 },
      { utilization: undefined, powerW: 100 },
    ]);
  }
});
