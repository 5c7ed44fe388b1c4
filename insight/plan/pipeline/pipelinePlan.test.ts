/** Whole plans, from the text of a profile to frequencies, over profiles and shapes made up at random. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../testing/random.ts';
import { allHighest, stragglerPlan } from './comparedPlans.ts';
import { frequencyPlan } from './frequencyPlan.ts';
import { PipelineFrontier } from './pipelineFrontier.ts';
import { pipelineModel } from './pipelineModel.ts';
import { PlanError } from './planError.ts';
import { parseStageProfile } from './stageProfile.ts';
import { randomProfile } from './testing/randomProfile.ts';

const noiseOf = (seed: number): number => [0, 0.005, 0.03, 0.3][seed % 4] ?? 0;

for (let seed = 1; seed <= 40; seed += 1)
  test(`a plan that keeps its word, random profile ${seed} with noise of ${noiseOf(seed)}`, () => {
    const random = createRandom(seed);
    const stages = 1 + Math.floor(random.next() * 6);
    const microbatches = 1 + Math.floor(random.next() * 10);
    const unitTimeS = [0.001, 0.0005, 0.002][seed % 3] ?? 0.001;
    const profile = parseStageProfile(randomProfile(random, stages, noiseOf(seed)));
    const blockingPowerW = random.between(0, 120);
    const model = pipelineModel(profile, { stages, microbatches, blockingPowerW, unitTimeS });
    const frontier = PipelineFrontier.solve(model.problem);
    const unplanned = allHighest(model);
    const idleJ = (timeS: number): number => stages * timeS * blockingPowerW;
    let [lastTimeS, lastWorkJ] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { timeS, energyJ } of frontier.points) {
      assert.ok(timeS < lastTimeS && energyJ - idleJ(timeS) >= lastWorkJ - 1e-9);
      [lastTimeS, lastWorkJ] = [timeS, energyJ - idleJ(timeS)];
    }
    let before = frontier.fastest.energyJ;
    for (const factor of [1, 1.1, 1.2, 1.3, 1.4, 1.5]) {
      const { point, stragglerTimeS, waitingJ } = stragglerPlan(frontier, unplanned, factor);
      assert.ok(point.energyJ <= before && waitingJ >= 0);
      before = point.energyJ;
      const { operations } = frequencyPlan(model, frontier, point);
      assert.equal(operations.length, 2 * stages * microbatches);
      for (const { stage, instruction, frequencyMHz, startS, timeS, energyJ } of operations) {
        assert.ok(startS + timeS <= stragglerTimeS + 1e-9, 'nobody ends after the straggler');
        const chosen = profile.stages[stage]?.[instruction].find((row) => row.frequencyMHz === frequencyMHz);
        assert.equal(chosen?.energyJ, energyJ);
        assert.ok(Math.floor((chosen?.timeS ?? 0) / unitTimeS) <= Math.round(timeS / unitTimeS));
      }
      const lastEnd = Math.max(...operations.map(({ startS, timeS }) => startS + timeS));
      assert.ok(Math.abs(lastEnd - point.timeS) < 1e-9);
    }
  });

test('what was measured at the chosen frequencies is the sum of its operations and its waiting', () => {
  const profile = parseStageProfile(randomProfile(createRandom(3), 3, 0.01));
  const model = pipelineModel(profile, { stages: 3, microbatches: 4, blockingPowerW: 0, unitTimeS: 0.001 });
  const frontier = PipelineFrontier.solve(model.problem);
  const { operations, asMeasured } = frequencyPlan(model, frontier, frontier.leastEnergy());
  const workJ = operations.reduce((sum, { energyJ }) => sum + energyJ, 0);
  assert.ok(Math.abs(asMeasured.energyJ - workJ) < 1e-9);
  assert.ok(Math.abs(asMeasured.timeS / frontier.leastEnergy().timeS - 1) < 0.03);
});

test('one frequency leaves one point, and no plan is worse than none', () => {
  const text = 'stage,instruction,frequency,time,energy\n0,forward,1410,0.05,20\n0,backward,1410,0.1,40\n';
  const model = pipelineModel(parseStageProfile(text), {
    stages: 1,
    microbatches: 2,
    blockingPowerW: 80,
    unitTimeS: 0.001,
  });
  const frontier = PipelineFrontier.solve(model.problem);
  assert.deepEqual(
    frontier.points.map(({ iterationUnits, energyJ }) => [iterationUnits, energyJ.toFixed(6)]),
    [[300, '120.000000']],
  );
  assert.equal(stragglerPlan(frontier, allHighest(model), 1.5).savedShare.toFixed(9), '0.000000000');
});

test('what cannot be planned is told with one remedy', () => {
  const profile = parseStageProfile(randomProfile(createRandom(3), 2, 0));
  const shape = { stages: 2, microbatches: 4, blockingPowerW: 80, unitTimeS: 0.001 };
  for (const [change, message] of [
    [{ stages: 3 }, /^the profile has 2 stages, not 3; ask for at most 2, or measure the others\.$/],
    [{ microbatches: 50_000 }, /more than 100000 operations; ask for fewer micro-batches\.$/],
    [
      { unitTimeS: 1 },
      /^stage 0 forward takes 0\.\d+ s, less than the time unit of 1 s; use a time unit of at most 0\.\d+ s\.$/,
    ],
    [{ unitTimeS: 1e-9 }, /^a time unit of 1e-9 s is too fine for this profile; use a time unit of \S+ s\.$/],
  ] as const)
    assert.throws(
      () => pipelineModel(profile, { ...shape, ...change }),
      (error) => error instanceof PlanError && message.test(error.message),
      JSON.stringify(change),
    );
  const coarser = /use a time unit of (\S+) s/;
  assert.throws(
    () => pipelineModel(profile, { ...shape, unitTimeS: 1e-9 }),
    (error) => {
      const [, said] = coarser.exec(String(error)) ?? [];
      pipelineModel(profile, { ...shape, unitTimeS: Number(said) });
      return true;
    },
    'the remedy helps',
  );
});
