/** Power limits tried on live runs of simulated GPUs, through the command line and the sampler's own process. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LimitPoint, usualSweep } from '../../contracts/powerPlan.ts';
import {
  type GpuModelId,
  gpuModels,
  limitStretch,
  loadAt,
} from '../../sampler/sources/simulated/gpuModels.ts';
import { type CliEnd, runCli } from './runCli.ts';
import {
  endPid,
  followOf,
  makePlace,
  needsPython,
  type Place,
  python,
  until,
  untilRun,
} from './samplerHarness.ts';

const simulatedGpu = fileURLToPath(new URL('../../demo/torch', import.meta.url));

/** Full load, step after step, with a progress line each: what pipeline training looks like from outside. */
const script = (stepS: number): string => `
import importlib.util, sys
spec = importlib.util.spec_from_file_location("simulated_gpu", ${JSON.stringify(join(simulatedGpu, '_simulated_gpu.py'))})
gpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gpu)
queue = gpu.queue(0)
for step in range(1, 100000):
    queue.submit("work", ${stepS}, 1.0)
    queue.wait()
    print(f"step {step}/100000", flush=True)
`;

interface Training {
  readonly place: Place;
  readonly submissions: string;
  readonly limits: string;
  readonly samplerPid: number;
  sweepPid: number;
}

/** A training that runs until the test ends. */
async function training(
  context: TestContext,
  gpu: GpuModelId,
  environment: NodeJS.ProcessEnv = {},
): Promise<Training> {
  const place = makePlace(context, { PERJOULE_SIM_GPU: gpu, ...environment });
  const submissions = join(place.folder, 'gpu', 'work.jsonl');
  const file = join(place.folder, 'train.py');
  writeFileSync(file, script(stepS));
  const environmentOfRun = { ...place.environment, PERJOULE_SIM: submissions };
  const command = ['run', '--no-check', '--', python ?? '', file];
  void runCli({ ...place, environment: environmentOfRun }, command, ({ pid = 0 }) => place.owns(pid));
  const client = await place.connect();
  const run = await untilRun(client, 'steps of the training', ({ steps }) => (steps?.count ?? 0) >= 3);
  place.owns(run.pid);
  const limits = `${submissions}.limits.jsonl`;
  return { place, submissions, limits, samplerPid: client.hello.pid, sweepPid: 0 };
}

/** Limits that the board was given, in order. */
const limitsGiven = (path: string): readonly number[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { limitW: number }).limitW)
    : [];

const stepS = 0.1;

/** Joules of a step's work at a limit, from the board's own curve. */
const trueEnergy = (gpu: GpuModelId, limitW: number): number =>
  loadAt(gpuModels[gpu], 1, limitW).powerW * limitStretch(gpuModels[gpu], 1, limitW) * stepS;

/** What the program gave the board under each stride's limit, step by step: on a machine with much to do it starts late. */
function programSteps(gpu: GpuModelId, submissions: string, limitW: number): readonly number[] {
  const work = readFileSync(submissions, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"event":"work"'))
    .map((line) => JSON.parse(line) as { time: number; duration: number });
  const wantedS = limitStretch(gpuModels[gpu], 1, limitW) * stepS;
  return work.flatMap(({ time, duration }, at) => {
    const next = work[at + 1];
    return next === undefined || Math.abs(duration / wantedS - 1) > 0.001 ? [] : [(next.time - time) * 1000];
  });
}

/** Of so many steps on end, the least and the most that the program took for one on average, milliseconds. */
function trueTimes(
  stepsMs: readonly number[],
  steps: number,
): { readonly least: number; readonly most: number } {
  const means = stepsMs
    .slice(0, Math.max(1, stepsMs.length - steps + 1))
    .map((_, at) => stepsMs.slice(at, at + steps).reduce((sum, ms) => sum + ms, 0) / steps);
  return { least: Math.min(...means), most: Math.max(...means) };
}

const strideW = 25;

test('a sweep finds the least energy within one stride and puts the limit back', {
  skip: needsPython,
  concurrency: 2,
}, async (both) => {
  await Promise.all(
    (['a100-pcie-80', 'a40'] as const).map((gpu) =>
      both.test(gpu, async (context) => sweepAll(context, gpu)),
    ),
  );
});

async function sweepAll(context: TestContext, gpu: GpuModelId): Promise<void> {
  const { place, limits, submissions } = await training(context, gpu);
  const args = ['plan', 'power', '--sweep', '--yes', '--warm-up', '3', '--steps', '15', '--format', 'json'];
  const end = await runCli(place, args);
  assert.equal(end.code, 0, end.stderr);
  const plan = JSON.parse(end.stdout) as {
    simulated: boolean;
    points: readonly LimitPoint[];
    picks: { leastEnergy: number; slowdown: { limitW: number } };
  };
  const { leastLimitW, mostLimitW, limitW: defaultW } = gpuModels[gpu];
  const all = plan.points.map(({ limitW }) => limitW);
  assert.equal(all.length, (mostLimitW - leastLimitW) / strideW + 1);
  const best = all.reduce((least, limitW) =>
    trueEnergy(gpu, limitW) < trueEnergy(gpu, least) ? limitW : least,
  );
  context.diagnostic(`truth ${best} W, found ${plan.picks.leastEnergy} W; ${end.stderr.split('\n').at(-2)}`);
  assert.ok(
    Math.abs(plan.picks.leastEnergy - best) <= strideW,
    `${plan.picks.leastEnergy} W, truth ${best} W`,
  );
  for (const { limitW, steps, perStepJ, perStepMs, reached } of plan.points) {
    const { least, most } = trueTimes(programSteps(gpu, submissions, limitW), steps);
    const time = `${limitW} W: ${perStepMs} ms, truth ${least} to ${most} ms`;
    assert.ok(perStepMs > least * 0.97 && perStepMs < most * 1.03, time);
    // While the program is late the board waits with its context open.
    const workJ = trueEnergy(gpu, limitW);
    const busyMs = limitStretch(gpuModels[gpu], 1, limitW) * stepS * 1000;
    const waitingJ = (Math.max(0, perStepMs - busyMs) / 1000) * gpuModels[gpu].contextIdleW;
    const energy = `${limitW} W: ${perStepJ} J, truth ${workJ + waitingJ} J`;
    assert.ok(Math.abs(perStepJ / (workJ + waitingJ) - 1) < 0.06, energy);
    assert.equal(reached, loadAt(gpuModels[gpu], 1, limitW).held);
  }
  assert.equal(plan.simulated, true);
  assert.equal(limitsGiven(limits).at(-1), defaultW, 'the limit stands where it stood');
  assert.match(end.stderr, /The power limits stand where they stood before\./);
  assert.match(end.stderr, /The sweep took \d+ steps of the run, [\d.]+ kJ/);
  const again = await runCli(place, ['plan', 'power', '--warm-up', '3', '--format', 'json']);
  const recorded = JSON.parse(again.stdout) as typeof plan;
  for (const point of plan.points) {
    // The default limit stood before and after the sweep, too: it has other steps there.
    if (point.limitW === defaultW) continue;
    const same = recorded.points.find(({ limitW }) => limitW === point.limitW);
    assert.ok(
      Math.abs((same?.perStepJ ?? 0) / point.perStepJ - 1) < 0.03,
      `${point.limitW} W from the record`,
    );
  }
}

/** Starts a sweep and waits until the board has the first of its limits. */
async function sweepUnderWay(
  training: Training,
  args: readonly string[],
): Promise<{ readonly end: Promise<CliEnd> }> {
  const end = runCli(training.place, args, (child) => {
    training.sweepPid = child.pid ?? 0;
    training.place.owns(training.sweepPid);
  });
  await until('the first limit', () => limitsGiven(training.limits).length > 0);
  return { end };
}

const standsAgain = (path: string, limitW: number): Promise<unknown> =>
  until('the limit that stood before', () => limitsGiven(path).at(-1) === limitW);

test('a sweep ends in the old limit', { skip: needsPython, concurrency: 3 }, async (all) => {
  const shortLimits = ['--limits', '150,300', '--warm-up', '1', '--steps', '4000'];
  const sweepArgs = ['plan', 'power', '--sweep', '--yes', ...shortLimits];
  await Promise.all([
    all.test('when it is interrupted by Ctrl-C', async (context) => {
      const on = await training(context, 'a100-pcie-80');
      const { end } = await sweepUnderWay(on, sweepArgs);
      process.kill(on.sweepPid, 'SIGINT');
      const { code, stderr } = await end;
      assert.equal(code, 1);
      assert.match(stderr, /The sweep was stopped\..*stand where they stood before/s);
      assert.deepEqual(limitsGiven(on.limits), [150, 300]);
    }),
    all.test('when the program that asked for it is killed', async (context) => {
      const on = await training(context, 'a100-pcie-80');
      const { end } = await sweepUnderWay(on, sweepArgs);
      endPid(on.sweepPid);
      await end;
      await standsAgain(on.limits, 300);
    }),
    all.test('when the sampler is killed between set and restore, by the next one', async (context) => {
      const on = await training(context, 'a100-pcie-80');
      const { end } = await sweepUnderWay(on, sweepArgs);
      endPid(on.samplerPid);
      const { code, stderr } = await end;
      assert.equal(code, 2);
      assert.match(stderr, /The sampler ended; the next one puts the limits back\./);
      assert.deepEqual(limitsGiven(on.limits), [150]);
      await on.place.connect();
      await standsAgain(on.limits, 300);
      const [plan] = [await runCli(on.place, ['runs', '--format', 'json'])];
      assert.equal((JSON.parse(plan.stdout) as readonly unknown[]).length, 1, 'still one run');
    }),
    all.test('when another process takes the GPU', async (context) => {
      const on = await training(context, 'a100-pcie-80');
      const { end } = await sweepUnderWay(on, sweepArgs);
      const other = on.place.start(python ?? '', ['-c', script(0.05)], { PERJOULE_SIM: on.submissions });
      // A process that belongs to no run: another user's would be known to the driver alike.
      const client = await on.place.connect();
      await client.request('follow', { ...followOf(other.pid), followId: 'other' });
      const { code, stderr } = await end;
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`Another process holds a GPU of this run \\(${other.pid}\\)`));
      assert.deepEqual(limitsGiven(on.limits), [150, 300]);
    }),
  ]);
});

test('nothing is set that the board refuses, that nobody agreed to, or where a scheduler owns the GPU', {
  skip: needsPython,
}, async (context) => {
  const on = await training(context, 'a100-pcie-80');
  const refused = await runCli(on.place, ['plan', 'power', '--sweep', '--yes', '--limits', '900,50']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /take limits from 150 to 300 W, not 900 W/);
  const unasked = await runCli(on.place, ['plan', 'power', '--sweep']);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /nobody can be asked here; say --yes/);
  const client = await on.place.connect();
  const [run] = await client.request('listRuns', { limit: 1 });
  const wanted = { runId: run?.runId ?? '', options: usualSweep, agreed: false };
  await assert.rejects(client.request('startPowerSweep', wanted), /Nobody has agreed/);
  assert.deepEqual(limitsGiven(on.limits), []);
});

test('a job of a scheduler keeps its limits', { skip: needsPython }, async (context) => {
  const on = await training(context, 'a100-pcie-80', { SLURM_JOB_ID: '4711' });
  const { code, stderr } = await runCli(on.place, ['plan', 'power', '--sweep', '--yes']);
  assert.equal(code, 2);
  assert.match(stderr, /A scheduler gave this run its GPUs/);
  assert.deepEqual(limitsGiven(on.limits), []);
});
