import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { createRandom } from '../testing/random.ts';
import { equalPairs, pairRates, stepNoise } from '../testing/stepNoise.ts';
import type { StepMark } from '../ticks.ts';
import { compareRuns } from './compareRuns.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);

const summary = (number: number, rest: Partial<RunSummary> = {}): RunSummary => ({
  runId: `run-${number}`,
  number,
  name: 'train.py',
  command: 'python train.py',
  cwd: '/project',
  script: '/project/train.py',
  origin: 'terminal',
  state: 'ended',
  startedAtMs: 0,
  durationMs: 100_000,
  exitCode: 0,
  devices: [
    {
      uuid: 'gpu',
      index: 0,
      name: 'NVIDIA H100',
      vendor: 'nvidia',
      memoryTotalBytes: 8e10,
      powerLimitW: 700,
      attribution: 'processList',
      provenance: { source: 'nvidia-smi', quality: 'counter', simulated: false, band: 0.05 },
    },
  ],
  simulated: false,
  totals: {
    energyJ: 10_000,
    missing: null,
    method: 'counter',
    witnessJ: 10_000,
    idleJ: 3000,
    durationMs: 100_000,
    coverage: 1,
    meanPowerW: 100,
    provenance: { source: 'nvidia-smi', quality: 'counter', simulated: false, band: 0.05 },
  },
  steps: { count: 200, total: 200, perStepJ: 40, spreadJ: 0.6, stepsPerSecond: 2 },
  pid: 1,
  ...rest,
});
const marks = (meanJ: number, steps = 200, noiseSeed = seed): readonly StepMark[] =>
  stepNoise(createRandom(noiseSeed + Math.round(meanJ * 1000)), { meanJ, steps });

test('a run that needs a third less is better, with an interval around the truth', () => {
  const result = compareRuns(
    { summary: summary(1), marks: marks(40) },
    { summary: summary(2), marks: marks(27) },
  );
  assert.equal(result.verdict, 'better');
  assert.ok(result.change !== null && result.interval !== null);
  assert.ok(Math.abs(result.change - (27 / 40 - 1)) < 0.04);
  assert.ok(result.interval[0] < result.change && result.change < result.interval[1]);
  assert.deepEqual(result.caveats, []);
  assert.equal(result.baseline.steps, 180);
  assert.equal(result.baseline.idleShare, 0.3);
  assert.ok(Math.abs((result.run.perStepJ ?? 0) - 27) < 1.2);
});

test('the other way round it is worse, and the same runs give the same interval', () => {
  const one = { summary: summary(1), marks: marks(27) };
  const other = { summary: summary(2), marks: marks(40) };
  assert.equal(compareRuns(one, other).verdict, 'worse');
  assert.deepEqual(compareRuns(one, other), compareRuns(one, other));
});

test('a difference under 2 % is not called with one run a side, however sure', () => {
  const steady = (meanJ: number): readonly StepMark[] =>
    stepNoise(createRandom(3), { meanJ, steps: 5000, variation: 0.02 });
  const result = compareRuns(
    { summary: summary(1), marks: steady(40) },
    { summary: summary(2), marks: steady(39.4) },
  );
  assert.ok((result.interval?.[1] ?? 1) < 0);
  assert.equal(result.verdict, 'notDistinguishable');
  assert.match(result.caveats.join(' '), /under 2 %/);
});

test('a run is held against neither itself nor a copy of it: a change of 0 that is no measurement', () => {
  const side = { summary: summary(1), marks: marks(40) };
  const rounded = side.marks.map((mark) => ({ ...mark, energyJ: Number(mark.energyJ.toPrecision(9)) }));
  const copy = {
    summary: summary(2, { imported: { format: 'perjoule', file: 'copy.json', importedAtMs: 1 } }),
    marks: rounded,
  };
  for (const [other, why] of [
    [side, 'Both are run 1: choose another one for one of the sides.'],
    [copy, 'Runs 1 and 2 are copies of one run: choose another one for one of the sides.'],
  ] as const) {
    const { verdict, change, interval, caveats } = compareRuns(side, other);
    assert.deepEqual([verdict, change, interval, caveats[0]], ['notComparable', null, null, why]);
  }
  // Another run of the same program is none.
  assert.notEqual(compareRuns(side, { summary: summary(2), marks: marks(40, 200, seed + 1) }).change, null);
});

const incomparable: readonly (readonly [string, Parameters<typeof compareRuns>[1], RegExp])[] = [
  [
    'a simulated run',
    { summary: summary(2, { simulated: true }), marks: marks(40) },
    /simulated and the other real/,
  ],
  ['a run without steps', { summary: summary(2, { steps: null }), marks: [] }, /No progress lines/],
  [
    'a run with two steps',
    { summary: summary(2), marks: marks(40).slice(0, 2) },
    /^Run 2 has 0 steps after a warm-up of 20; it takes 8 or more\.$/,
  ],
  [
    'a run that counted epochs',
    {
      summary: summary(2, {
        steps: { unit: 'epoch', count: 200, total: null, perStepJ: 40, spreadJ: 0.6, stepsPerSecond: 2 },
      }),
      marks: marks(40),
    },
    /counted steps and the other epochs/,
  ],
  [
    'a run whose counter stood still',
    { summary: summary(2), marks: marks(40).map((mark) => ({ ...mark, energyJ: 0 })) },
    /No energy was seen in the steps of run 2\./,
  ],
  // The shorter one is measured by the warm-up of the longer one.
  [
    'a run of 25 steps',
    { summary: summary(2), marks: marks(40, 25) },
    /^Run 2 has 5 steps after a warm-up of 20; it takes 8 or more\.$/,
  ],
  [
    'a run that prints every fortieth step',
    { summary: summary(2), marks: marks(40, 200).filter(({ count }) => count % 40 === 0) },
    /^Run 2 has 160 steps after a warm-up of 20, and its output told of them 4 times only; it takes 8 or more\.$/,
  ],
  [
    'a run without readings',
    { summary: summary(2, { totals: { ...summary(2).totals, energyJ: null } }), marks: marks(40) },
    /Run 2 has no energy reading\./,
  ],
];
for (const [what, run, why] of incomparable)
  test(`${what} cannot be compared, and the reason is said`, () => {
    const result = compareRuns({ summary: summary(1), marks: marks(40) }, run);
    assert.equal(result.verdict, 'notComparable');
    assert.match(result.caveats.join(' '), why);
    assert.equal(result.change, null);
    assert.equal(result.interval, null);
  });

test('of a run that was never measured nothing is said but that', () => {
  const none = { energyJ: null, method: null, missing: 'unread', coverage: 0, provenance: null } as const;
  const bare = (number: number) => ({
    summary: summary(number, { devices: [], totals: { ...summary(number).totals, ...none } }),
    marks: [],
  });
  const simulated = { summary: summary(6, { simulated: true }), marks: marks(40) };
  assert.deepEqual(compareRuns(simulated, bare(4)).caveats, ['Run 4 has no energy reading.']);
  assert.deepEqual(compareRuns(bare(4), simulated).caveats, ['Run 4 has no energy reading.']);
  assert.deepEqual(compareRuns(bare(4), bare(5)).caveats, [
    'Run 4 has no energy reading. Run 5 has no energy reading.',
  ]);
});

test('what weakens a comparison is said', () => {
  const [gpu] = summary(1).devices;
  assert.ok(gpu);
  const weak = summary(2, {
    state: 'live',
    origin: 'debug',
    script: '/project/other.py',
    devices: [{ ...gpu, name: 'NVIDIA A100', attribution: 'unknown' }],
    totals: { ...summary(2).totals, coverage: 0.8, method: 'integration' },
    steps: { count: 40, total: 400, perStepJ: 40, spreadJ: 1, stepsPerSecond: 2 },
  });
  const { caveats } = compareRuns(
    { summary: summary(1), marks: marks(40), conditions: { temperatureC: 48.2, slowedDown: 0 } },
    { summary: weak, marks: marks(40, 40), conditions: { temperatureC: 71.6, slowedDown: 0.12 } },
  );
  const all = caveats.join(' ');
  for (const part of [
    /different GPUs: NVIDIA H100 before, NVIDIA A100 after/,
    /Run 2 has only \d+ steps/,
    /Run 2 is still running/,
    /Run 2 ran under the debugger/,
    /readings for 80 % of its time/,
    /not certain that the GPUs of run 2/,
    /energy counter, the other/,
    /different scripts: train.py before, other.py after/,
    /different numbers of steps \(200 and 400\)/,
    /at 48 °C before and 72 °C after/,
    /GPUs of run 2 were slowed by heat or hardware for 12 % of the time/,
  ])
    assert.match(all, part);
  for (const caveat of caveats) assert.match(caveat, /\.$/);
});

test('another board of the same model, and one run a side for a small difference, are said', () => {
  const [gpu] = summary(1).devices;
  assert.ok(gpu);
  const steady = (meanJ: number): readonly StepMark[] =>
    stepNoise(createRandom(3), { meanJ, steps: 1000, variation: 0.02 });
  const { verdict, caveats } = compareRuns(
    { summary: summary(1), marks: steady(40) },
    { summary: summary(2, { devices: [{ ...gpu, uuid: 'another' }] }), marks: steady(38.6) },
  );
  assert.equal(verdict, 'better');
  assert.match(caveats.join(' '), /different boards of the same model.*one run a side.*repeat both/);
});

test('curves lie on one axis of steps, warm-up included, and add up to the energy', () => {
  const all = marks(40, 1000);
  const { curves, warmUpSteps } = compareRuns(
    { summary: summary(1), marks: all },
    { summary: summary(2), marks: marks(30, 60) },
  );
  assert.equal(warmUpSteps, 50);
  assert.deepEqual([curves?.baseline.steps.length, curves?.baseline.steps.at(-1)], [100, 1000]);
  assert.deepEqual([curves?.run.steps.length, curves?.run.steps.at(-1)], [60, 60]);
  const joules = curves?.baseline.perStepJ.reduce((sum, perStep) => sum + perStep * 10, 0) ?? 0;
  assert.ok(Math.abs(joules - (all.at(-1)?.energyJ ?? 0)) < 1e-6);
});

test(`equal pairs are seldom called, and 5 % is found (seed ${seed})`, () => {
  const rates = pairRates(createRandom(seed), 200, equalPairs);
  console.log(`200 pairs of 200 steps: ${rates.called} called, a true 5 % found in ${rates.found}`);
  // Looser than the soak of 1,000 pairs holds: 200 pairs vary by more.
  assert.ok(rates.called <= 22, `${rates.called} of 200`);
  assert.ok(rates.found >= 174, `${rates.found} of 200`);
});

test('another batch size, and a run of another machine, are said', () => {
  const said = (baseline: Partial<RunSummary>, run: Partial<RunSummary>): string =>
    compareRuns(
      { summary: summary(1, baseline), marks: marks(40) },
      { summary: summary(2, run), marks: marks(27) },
    ).caveats.join('\n');
  const sized = (size: number) => ({ command: `torchrun train.py --batch-size ${size}` });
  assert.match(
    said(sized(64), sized(32)),
    /different batch sizes \(64 and 32\): a step is not the same work/,
  );
  assert.doesNotMatch(said(sized(64), sized(64)), /batch/);
  const imported = { format: 'zeus', file: 'log.csv', importedAtMs: 0 } as const;
  assert.match(said({}, { imported }), /^Run 2 was imported \(zeus\): this machine did not measure it\.$/m);
});

test('the time of a run is the one that its list shows, gaps and all', () => {
  const { totals } = summary(1);
  const gapped = summary(1, { totals: { ...totals, durationMs: 80_000 } });
  const { baseline } = compareRuns(
    { summary: gapped, marks: marks(40) },
    { summary: summary(2), marks: marks(27) },
  );
  assert.equal(baseline.durationMs, gapped.durationMs);
});
