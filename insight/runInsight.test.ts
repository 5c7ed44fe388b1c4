import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunInsight } from './runInsight.ts';
import { explainRun, wastefulStep } from './testing/explainRun.ts';
import { chips } from './testing/generatedRun.ts';
import type { GpuTick, InsightDevice } from './ticks.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
const context = { sourceId: 'simulated', simulated: true };
const device = (uuid: string, rest: Partial<InsightDevice> = {}): InsightDevice => ({
  uuid,
  powerQuality: 'instant',
  hasEnergyCounter: true,
  band: 0.05,
  ...rest,
});
const plan = { step: wastefulStep(), steps: 120, spread: 0.15, missing: 0.02 };

for (const chip of chips)
  test(`total, idle and per-step energy of a ${chip.name} (seed ${seed})`, () => {
    const { run, snapshot } = explainRun({ chip, ...plan }, seed);
    const { totals, steps } = snapshot;
    const limit = chip.counter ? 0.01 : 0.06;
    assert.ok(Math.abs((totals.energyJ ?? 0) / run.truth.energyJ - 1) < limit, `${totals.energyJ}`);
    assert.equal(totals.method, chip.counter ? 'counter' : 'integration');
    if (totals.idleJ !== null) assert.ok(Math.abs(totals.idleJ / run.truth.idleJ - 1) < 0.1);
    else assert.equal(chip.quality, 'averaged1s');
    assert.ok(totals.coverage > 0.97);
    assert.equal(totals.provenance?.simulated, true);
    assert.equal(steps?.count, 120);
    assert.equal(steps?.total, 120);
    const plain = 0.28 * chip.contextIdleW + 0.25 * chip.busyW;
    assert.ok(Math.abs((steps?.perStepJ ?? 0) / plain - 1) < 0.08, `${steps?.perStepJ} ${plain}`);
  });

test('two GPUs add up, read at different times, one joining late and one lost', () => {
  const insight = createRunInsight([device('a')], context);
  for (let at = 0; at <= 30_000; at += 100) {
    if (at === 10_000) {
      insight.addDevice(device('b', { hasEnergyCounter: false, band: 0.1 }));
      insight.addDevice(device('a'));
    }
    const gpus: GpuTick[] = [];
    if (at < 20_000) gpus.push({ uuid: 'a', powerW: 200, energyJ: at * 0.2, timeMs: at - 30 });
    if (at >= 10_000) gpus.push({ uuid: 'b', powerW: 300, energyJ: null });
    insight.addTick({ timeMs: at, gpus, host: null });
  }
  const { totals } = insight.snapshot();
  assert.ok(Math.abs((totals.energyJ ?? 0) - (200 * 19.9 + 300 * 20)) < 60, `${totals.energyJ}`);
  assert.equal(totals.method, 'integration');
  assert.equal(totals.provenance?.quality, 'instant');
  assert.equal(totals.provenance?.band, 0.1);
  assert.ok(Math.abs(totals.coverage - (19.9 + 20) / 60) < 0.01, `${totals.coverage}`);
  assert.equal(totals.idleJ, null);
});

test('a GPU that was not used wastes no more than the run idled, whatever its readings say beside its counter', () => {
  const insight = createRunInsight([device('a'), device('b')], context);
  for (let at = 0; at <= 36_500; at += 100) {
    const working = { uuid: 'a', powerW: 500, energyJ: at * 0.5, utilization: 1 };
    // The context was open from the beginning; the counter sees 1 % more than the readings.
    const unused = { uuid: 'b', powerW: 85, energyJ: at * 0.0859, utilization: 0, memoryUsedBytes: 1.2e9 };
    insight.addTick({ timeMs: at, gpus: [working, unused], host: null });
  }
  const { totals, waste } = insight.snapshot();
  const unused = waste.find(({ kind }) => kind === 'unusedGpu')?.energyJ ?? 0;
  assert.ok(Math.abs(unused - 85.9 * 36.5) < 20, `${unused}`);
  assert.ok(unused <= (totals.idleJ ?? 0) + 0.001, `${unused} J of it unused, ${totals.idleJ} J idle`);
});

test('no device, and a device that says nothing, are states of their own', () => {
  const none = createRunInsight([], context);
  none.addTick({ timeMs: 1000, gpus: [], host: null });
  assert.deepEqual([none.snapshot().totals.energyJ, none.snapshot().totals.missing], [null, 'notFound']);
  const mute = createRunInsight([device('a')], context);
  mute.addTick({ timeMs: 1000, gpus: [{ uuid: 'a' }, { uuid: 'stranger', powerW: 5 }], host: null });
  assert.deepEqual([mute.snapshot().totals.energyJ, mute.snapshot().totals.missing], [null, 'notSupported']);
  assert.equal(mute.snapshot().steps, null);
});

test('a suspend is left out, a hole shows in the coverage', () => {
  const insight = createRunInsight([device('a', { hasEnergyCounter: false })], context);
  const feed = (fromMs: number, toMs: number): void => {
    for (let at = fromMs; at <= toMs; at += 100)
      insight.addTick({ timeMs: at, gpus: [{ uuid: 'a', powerW: 100, utilization: 1 }], host: null });
  };
  feed(0, 10_000);
  insight.addGap({ fromMs: 10_000, toMs: 30_000, reason: 'suspended' });
  feed(30_000, 40_000);
  const { totals } = insight.snapshot();
  assert.ok(Math.abs((totals.energyJ ?? 0) - 2000) < 25, `${totals.energyJ}`);
  assert.ok(Math.abs(totals.coverage - 0.5) < 0.01);
  assert.ok(Math.abs((totals.meanPowerW ?? 0) - 100) < 1);
});

test('reading a run again gives what was said while it lived', () => {
  const [chip] = chips;
  assert.ok(chip);
  const live = explainRun({ chip, ...plan }, seed);
  const again = createRunInsight([live.run.device], context);
  for (const { text, timeMs } of live.run.output) again.addOutput(text, timeMs + 3);
  for (const tick of live.run.ticks) again.addTick(tick);
  again.setFindings([]);
  const { totals } = again.snapshot();
  assert.deepEqual(totals, live.snapshot.totals);
});

test('what an earlier look found of waste is kept on request, beside totals of now', () => {
  const insight = createRunInsight([device('a')], context);
  const until = (toMs: number, fromMs: number): void => {
    for (let timeMs = fromMs; timeMs <= toMs; timeMs += 100)
      insight.addTick({
        timeMs,
        gpus: [{ uuid: 'a', powerW: 200, energyJ: timeMs / 5, utilization: timeMs < 20_000 ? 0 : 1 }],
        host: null,
      });
  };
  until(10_000, 0);
  const early = insight.snapshot();
  assert.ok(early.waste.length > 0);
  until(60_000, 10_100);
  const kept = insight.snapshot(early);
  const fresh = insight.snapshot();
  assert.equal(kept.waste, early.waste);
  assert.notDeepEqual(fresh.waste, early.waste);
  assert.deepEqual(kept.totals, fresh.totals);
  assert.notDeepEqual(kept.totals, early.totals);
});

test('marks carry counts and energies that only grow', () => {
  const [chip] = chips;
  assert.ok(chip);
  const marks = explainRun({ chip, ...plan }, seed).insight.stepMarks();
  assert.equal(marks.length, 120);
  for (const [index, mark] of marks.entries()) {
    const before = marks[index - 1];
    if (before === undefined) continue;
    assert.ok(mark.count > before.count && mark.timeMs > before.timeMs && mark.energyJ >= before.energyJ);
  }
});

test('an hour of 8 GPUs keeps increments short', () => {
  const uuids = Array.from({ length: 8 }, (_, index) => `gpu${index}`);
  const insight = createRunInsight(
    uuids.map((uuid) => device(uuid)),
    context,
  );
  const host = { cpuCores: 1, hostInputShare: 0.3, hostWaitShare: 0.4, workerCores: 0 };
  const slow: number[] = [];
  // Of the processor: on a crowded machine the clock tells of others.
  const processorMs = (): number => process.cpuUsage().user / 1000;
  const started = processorMs();
  for (let at = 0; at <= 3_600_000; at += 100) {
    const busy = at % 500 < 250;
    const gpus = uuids.map((uuid) => ({
      uuid,
      powerW: busy ? 500 : 120,
      energyJ: at * 0.31,
      utilization: at > 5000 ? 0.5 : 0,
      memoryUsedBytes: at > 1000 ? 9e9 : 4e8,
    }));
    const before = processorMs();
    if (at % 500 === 0 && at > 5000)
      insight.addOutput(`\rtrain: 1%|█ | ${(at - 5000) / 500}/7200 [00:10<00:20,  2.00it/s]`, at);
    insight.addTick({ timeMs: at, gpus, host });
    if (at % 20_000 === 0) insight.snapshot();
    slow.push(processorMs() - before);
  }
  slow.sort((one, other) => one - other);
  const at = (share: number): string => (slow[Math.floor(share * (slow.length - 1))] ?? 0).toFixed(3);
  console.log(
    `an hour of 8 GPUs: ${(processorMs() - started).toFixed(0)} ms, a tick median ${at(0.5)} ms, 99.9 % ${at(0.999)} ms`,
  );
  assert.ok(Number(at(0.999)) < 20);
  assert.equal(insight.snapshot().steps?.count, 7190);
});

test('steps that the probe counted go before printed ones, and its lines get the joules of their seconds', () => {
  const insight = createRunInsight([device('a')], context);
  for (let at = 0; at <= 60_000; at += 100) {
    // Busy in the first half of each ten seconds.
    const busy = at % 10_000 < 5000;
    const gpu = { uuid: 'a', powerW: busy ? 500 : 100, utilization: busy ? 1 : 0 };
    insight.addTick({ timeMs: at, gpus: [gpu], host: null });
    if (at % 1000 !== 0 || at === 0) continue;
    insight.addOutput(`\rtrain: 1%|█ | ${at / 250}/9999 [00:10<00:20,  4.00it/s]`, at);
    const line = at % 10_000 > 5000 || at % 10_000 === 0 ? 20 : 10;
    const window = {
      fromMs: at - 1000,
      toMs: at,
      lines: [{ path: '/train.py', line, name: 'train', samples: 20 }],
      phases: [['forward', 20] as const],
    };
    insight.addProbe({ pid: 7, window, steps: at / 500, stepAtMs: at });
  }
  const { steps } = insight.snapshot();
  assert.deepEqual([steps?.count, steps?.total], [120, 9999]);
  assert.ok(Math.abs((steps?.perStepJ ?? 0) / 150 - 1) < 0.05, `${steps?.perStepJ}`);
  const [computes, waits] = insight.lines()?.lines ?? [];
  assert.deepEqual([computes?.line, waits?.line], [10, 20]);
  assert.ok(Math.abs((computes?.energyJ ?? 0) / (500 * 30) - 1) < 0.06, `${computes?.energyJ}`);
  assert.ok(Math.abs((waits?.energyJ ?? 0) / (100 * 30) - 1) < 0.15, `${waits?.energyJ}`);
  assert.ok((computes?.idleJ ?? 1e9) < 0.05 * (computes?.energyJ ?? 0));
  assert.ok((waits?.idleJ ?? 0) > 0.7 * (waits?.energyJ ?? 1e9), `${waits?.idleJ} of ${waits?.energyJ}`);
});

test('a run whose power cannot be read has lines with samples and without joules', () => {
  const insight = createRunInsight([device('a')], context);
  const lines = [{ path: '/train.py', line: 10, name: 'train', samples: 20 }];
  for (let at = 0; at <= 10_000; at += 100) insight.addTick({ timeMs: at, gpus: [], host: null });
  insight.addProbe({
    pid: 7,
    window: { fromMs: 0, toMs: 1000, lines, phases: [] },
    steps: 0,
    stepAtMs: 0,
  });
  assert.equal(insight.snapshot().totals.energyJ, null);
  assert.equal(insight.lines()?.sampledJ, null);
  assert.deepEqual(
    insight.lines()?.lines.map(({ samples, energyJ }) => [samples, energyJ]),
    [[20, null]],
  );
});
