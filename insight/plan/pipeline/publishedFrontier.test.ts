/** Held against what was published of Perseus (SOSP 2024): test/perseus/NOTICE.md. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  leastEnergyDifference,
  profileText,
  publishedFrontier,
  publishedShape,
  type ReferencePoint,
  reference,
} from '../../../test/perseus/reference.ts';
import { allHighest, savedShare, stragglerPlan } from './comparedPlans.ts';
import { frequencyPlan } from './frequencyPlan.ts';
import { tabulated } from './operationModel.ts';
import { type FrontierPoint, PipelineFrontier } from './pipelineFrontier.ts';
import { pipelineModel } from './pipelineModel.ts';
import { pipelineSchedule } from './pipelineSchedule.ts';
import { parseStageProfile } from './stageProfile.ts';

const { models, cases } = reference();
const model = pipelineModel(parseStageProfile(profileText()), publishedShape);
const frontier = PipelineFrontier.solve(model.problem);
const pairs = (points: readonly FrontierPoint[]): ReferencePoint[] =>
  points.map(({ timeS, energyJ }) => [timeS, energyJ]);

/** Stages 0 to 6 of the profile are alike, so only 0 and 7 are listed. */
function referenceCurve(profileStage: number, instruction: string) {
  const listed = profileStage === 7 ? 7 : 0;
  const found = models.find((each) => each.profile_stage === listed && each.instruction === instruction);
  assert.ok(found);
  const [a, b, c] = found.coefficients;
  const units = found.options.map(([duration]) => duration);
  return tabulated({ a, b, c, originUnits: 0 }, Math.min(...units), Math.max(...units));
}

for (const { name, stages, microbatches, profile_stage_for_each_stage, points, frontier: listed } of cases)
  test(`${name}: every point within 1e-6 J with the published coefficients`, () => {
    const schedule = pipelineSchedule(stages, microbatches);
    const curves = schedule.operations.map(({ stage, instruction }) =>
      referenceCurve(profile_stage_for_each_stage[stage] ?? 0, instruction),
    );
    const solved = PipelineFrontier.solve({ ...publishedShape, schedule, curves, stages });
    const expected = listed ?? publishedFrontier();
    assert.equal(expected.length, points);
    assert.equal(solved.points.length, points);
    for (const [at, { timeS, energyJ }] of solved.points.entries()) {
      const [expectedS = Number.NaN, expectedJ = Number.NaN] = expected[at] ?? [];
      assert.ok(Math.abs(timeS - expectedS) < 1e-9, `point ${at}: ${timeS} s, published ${expectedS} s`);
      assert.ok(Math.abs(energyJ - expectedJ) < 1e-6, `point ${at}: ${energyJ} J, published ${expectedJ} J`);
    }
  });

test('the published file is 639 points with its known ends', () => {
  const published = publishedFrontier();
  const least = published.reduce((a, b) => (b[1] < a[1] ? b : a));
  const rounded = [published[0], least, published.at(-1)].map((point) =>
    point?.map((value, at) => Number(value.toFixed(at === 0 ? 3 : 1))),
  );
  assert.equal(published.length, 639);
  assert.deepEqual(rounded, [
    [3.456, 5736.4],
    [3.187, 5656.1],
    [2.818, 6212.8],
  ]);
});

test('our own filter keeps the published options of every operation', () => {
  for (const { profile_stage, instruction, options } of models) {
    const ours = model.kinds.find((kind) => kind.stage === profile_stage && kind.instruction === instruction);
    const { blockingPowerW, unitTimeS } = publishedShape;
    assert.deepEqual(
      ours?.options.map(({ units, energyJ, frequencyMHz }) => [
        units,
        Number((energyJ - blockingPowerW * units * unitTimeS).toFixed(6)),
        frequencyMHz,
      ]),
      options
        .toReversed()
        .map(([units, costJ, frequencyMHz]) => [units, Number(costJ.toFixed(6)), frequencyMHz]),
    );
  }
});

test('with our own fit the least energy by each published time is within 0.2 %', (t) => {
  const difference = leastEnergyDifference(pairs(frontier.points), publishedFrontier());
  t.diagnostic(`largest difference ${(difference * 100).toExponential(1)} %`);
  assert.ok(difference <= 0.002, `${difference}`);
});

test('what the fastest plan saves is the published 15.20 %', () => {
  const unplanned = allHighest(model);
  assert.equal(unplanned.energyJ.toFixed(1), '7326.6');
  assert.equal((100 * savedShare(unplanned.energyJ, frontier.fastest.energyJ)).toFixed(2), '15.20');
});

test('beside a straggler of 1.1 to 1.5 × everybody ends in time and energy falls with the time that is left', () => {
  const unplanned = allHighest(model);
  let before = frontier.fastest.energyJ;
  for (const factor of [1.1, 1.2, 1.3, 1.4, 1.5]) {
    const {
      point,
      stragglerTimeS,
      waitingJ,
      allHighestJ,
      savedShare: saved,
    } = stragglerPlan(frontier, unplanned, factor);
    assert.ok(point.energyJ <= before, `${factor} ×`);
    assert.equal(stragglerTimeS, 2818 * factor * 0.001);
    assert.equal(saved, 1 - (point.energyJ + waitingJ) / allHighestJ);
    // The published table: 12.6 to 17.9 % on four measured A100 pipelines; emulated GPT-3 175B comes to more.
    assert.ok(saved > 0.2 && saved < 0.29, `${saved}`);
    for (const { startS, timeS, critical } of frequencyPlan(model, frontier, point).operations) {
      const endS = startS + timeS;
      assert.ok(endS <= stragglerTimeS + 1e-9, `ends at ${endS} s`);
      assert.ok(critical || endS < point.timeS + 1e-9);
    }
    before = point.energyJ;
  }
  assert.equal(before, frontier.leastEnergy().energyJ);
});
