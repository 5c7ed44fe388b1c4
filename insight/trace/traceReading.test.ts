import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { TraceReading } from '../../contracts/trace.ts';
import { traceSections } from '../../contracts/traceText.ts';
import { wasteKinds } from '../../contracts/waste.ts';
import { generatedTrace, readLine, type TracePlan, tracedScript } from '../testing/generatedTrace.ts';
import { createRandom } from '../testing/random.ts';
import { readTrace } from './readTrace.ts';
import { ruleWaits } from './ruleWaits.ts';
import { type RunOfTrace, traceReading } from './traceReading.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);

const finding = (rule: string, line: number): StaticFinding => ({
  rule,
  path: '/project/train.py',
  line,
  endLine: line,
  message: '',
  severity: 'warning',
  confidence: 'likely',
  regionHash: '',
  wasteKind: null,
  fixTitle: null,
});
const findings = [
  finding('sync-scalar-in-step', readLine),
  finding('sync-scalar-in-step', 7),
  finding('loader-no-workers', 3),
  finding('explicit-synchronize-in-loop', readLine),
  finding('graph-retained-accumulation', readLine),
];

function beside(): RunOfTrace {
  const run = { runId: 'run', number: 3, startedAtMs: 0, durationMs: 1, devices: [], waste: [] };
  return { run, findings, sources: new Map([['/project/train.py', tracedScript]]), changed: [] };
}

async function* chunksOf(events: readonly object[]): AsyncIterable<string> {
  const text = JSON.stringify({ schemaVersion: 1, traceEvents: events });
  for (let at = 0; at < text.length; at += 4096) yield text.slice(at, at + 4096);
}

const readingOf = async (events: readonly object[]): Promise<TraceReading> =>
  traceReading(await readTrace(chunksOf(events)), 'trace.json', beside());

const near = (told: number, truth: number, what: string): void =>
  assert.ok(Math.abs(told - truth) < 0.002, `${what}: ${told} told, ${truth} true (seed ${seed})`);

const plans: readonly (readonly [what: string, plan: TracePlan])[] = [
  ['starved', { steps: 8, loaderUs: 3000, readUs: 5, kernels: 20, kernelUs: 40, stacks: true }],
  ['reads', { steps: 8, loaderUs: 20, readUs: 400, kernels: 20, kernelUs: 40, stacks: true }],
  ['busy', { steps: 12, loaderUs: 60, readUs: 5, kernels: 40, kernelUs: 90, stacks: true }],
  ['no stacks', { steps: 5, loaderUs: 500, readUs: 50, kernels: 10, kernelUs: 30, stacks: false }],
];
for (const [what, plan] of plans)
  test(`shares are those of the truth by the microsecond: ${what}, ten random traces`, async () => {
    for (let round = 0; round < 10; round += 1) {
      const { events, truth } = generatedTrace(createRandom(seed + round), plan);
      const { summary } = await readingOf(events);
      assert.equal(summary.steps, plan.steps);
      near(summary.spanMs * 1000, truth.spanUs, 'span');
      near(summary.devices[0]?.busyShare ?? 0, truth.busyUs / truth.spanUs, 'busy');
      near(summary.shares.inputWait, truth.loaderUs / truth.spanUs, 'loader');
      near(summary.shares.hostSync, truth.readUs / truth.spanUs, 'read');
      assert.equal(summary.devices[0]?.kernels, plan.steps * plan.kernels);
      const read = summary.waits.find(({ kind }) => kind === 'hostSync');
      assert.equal(read?.what, 'aten::item');
      assert.equal(read?.times, plan.steps);
      assert.equal(read?.frame?.name, plan.stacks ? 'train_step' : undefined);
    }
  });

const verdicts = async (plan: TracePlan): Promise<Record<string, string>> => {
  const { events } = generatedTrace(createRandom(seed), plan);
  const told = (await readingOf(events)).findings;
  return Object.fromEntries(told.map(({ rule, line, verdict }) => [`${rule}:${line}`, verdict]));
};

test('a line that waits is confirmed, one that ran and did not is retired, one that did not run stays open', async () => {
  assert.deepEqual(
    await verdicts({ steps: 8, loaderUs: 1, readUs: 40_000, kernels: 20, kernelUs: 40, stacks: true }),
    {
      [`sync-scalar-in-step:${readLine}`]: 'confirmed',
      'sync-scalar-in-step:7': 'open',
      'loader-no-workers:3': 'retired',
      [`explicit-synchronize-in-loop:${readLine}`]: 'open',
      [`graph-retained-accumulation:${readLine}`]: 'open',
    },
  );
  const starved = await verdicts({
    steps: 8,
    loaderUs: 90_000,
    readUs: 2,
    kernels: 1,
    kernelUs: 1,
    stacks: true,
  });
  assert.equal(starved[`sync-scalar-in-step:${readLine}`], 'retired');
  assert.equal(starved['loader-no-workers:3'], 'confirmed');
});

const starving: TracePlan = {
  steps: 8,
  loaderUs: 60_000,
  readUs: 20,
  kernels: 3,
  kernelUs: 10,
  stacks: true,
};
const verdictOf = ({ kinds }: TraceReading, wanted: string): string | undefined =>
  kinds.find(({ kind }) => kind === wanted)?.verdict;

test('a trace of the host alone retires no wait for the GPU, and still tells of the loader', async () => {
  const { events } = generatedTrace(createRandom(seed), { ...starving, hostOnly: true });
  const reading = await readingOf(events);
  const [sync] = reading.findings;
  assert.equal(sync?.verdict, 'open');
  assert.match(sync?.because ?? '', /recorded without the GPU/);
  assert.deepEqual(
    ['hostSync', 'lowLoad', 'inputWait'].map((kind) => verdictOf(reading, kind)),
    ['open', 'open', 'confirmed'],
  );
  assert.equal(reading.findings[2]?.verdict, 'confirmed');
});

test('the gap of a slow loader is not laid to the short sync before it', async () => {
  const reading = await readingOf(generatedTrace(createRandom(seed), starving).events);
  const { gpuIdle, devices } = reading.summary;
  assert.equal(verdictOf(reading, 'inputWait'), 'confirmed');
  assert.notEqual(verdictOf(reading, 'hostSync'), 'confirmed', `${gpuIdle.hostSync} (seed ${seed})`);
  assert.ok(
    gpuIdle.inputWait + gpuIdle.hostSync <= 1 - (devices[0]?.busyShare ?? 0),
    JSON.stringify(gpuIdle),
  );
});

test('kernels before the first marked step and after the last are in no figure', async () => {
  const inside = (await readingOf(generatedTrace(createRandom(seed), starving).events)).summary;
  const all = (
    await readingOf(generatedTrace(createRandom(seed), { ...starving, kernelsOutside: 30 }).events)
  ).summary;
  assert.deepEqual(all.devices, inside.devices);
  assert.equal(all.spanMs, inside.spanMs);
});

test('idle time is that of all places, also of those too many to list', async () => {
  const places = 60;
  const at = { ph: 'X', pid: 1, tid: 1 };
  const events: object[] = [];
  for (let place = 0; place < places * 3; place += 1) {
    const ts = place * 100;
    const frame = `train.py(${(place % places) + 1}): part_${place % places}`;
    events.push(
      { ...at, cat: 'user_annotation', name: `ProfilerStep#${place}`, ts, dur: 100 },
      { ...at, cat: 'python_function', name: frame, ts: ts + 1, dur: 98 },
      { ...at, cat: 'cuda_runtime', name: 'cudaDeviceSynchronize', ts: ts + 2, dur: 50, args: {} },
      { ...at, cat: 'kernel', name: 'gemm', tid: 7, ts: ts + 2, dur: 48, args: { device: 0 } },
    );
  }
  const { waits, gpuIdle } = (await readingOf(events)).summary;
  assert.equal(waits.length, 20);
  near(gpuIdle.hostSync, 0.52, 'idle');
});

test('of another run, another GPU or a changed file nothing is decided', async () => {
  const traced = generatedTrace(createRandom(seed), starving).events;
  const text = JSON.stringify({
    baseTimeNanoseconds: Date.UTC(2026, 0, 1) * 1e6,
    deviceProperties: [{ id: 0, name: 'GPU of the trace' }],
    traceEvents: traced,
  });
  const facts = await readTrace(
    (async function* () {
      yield text;
    })(),
  );
  const startedAtMs = facts.summary.startedAtMs ?? 0;
  const plain = beside();
  const run = { ...plain.run, startedAtMs, durationMs: 60_000 };
  const told = (rest: object, changed: readonly string[] = []): TraceReading =>
    traceReading(facts, 'trace.json', { ...plain, run: { ...run, ...rest }, changed });
  const decided = ({ findings: hints, kinds }: TraceReading): number[] =>
    [hints, kinds].map((list) => list.filter(({ verdict }) => verdict !== 'open').length);
  assert.ok(decided(told({})).every((count) => count > 0));
  assert.deepEqual(decided(told({ startedAtMs: startedAtMs - 3_600_000 })), [0, 0]);
  assert.deepEqual(decided(told({ devices: [{ name: 'another' }] })), [0, 0]);
  const edited = told({}, ['/project/train.py']);
  assert.equal(decided(edited)[0], 0);
  assert.ok((decided(edited)[1] ?? 0) > 0);
  assert.match(edited.findings[0]?.because ?? '', /was changed after run 3 began/);
});

test('without stacks, or with a call or two, nothing is retired', async () => {
  const plan = { loaderUs: 90_000, readUs: 2, kernels: 1, kernelUs: 1 };
  const told = await verdicts({ ...plan, steps: 8, stacks: false });
  assert.deepEqual(new Set(Object.values(told)), new Set(['open']));
  const short = await verdicts({ ...plan, steps: 2, stacks: true });
  assert.equal(short[`sync-scalar-in-step:${readLine}`], 'open');
});

test('older traces name lines in stacks of text, and cap their categories', async () => {
  const stack =
    'lib/python3.7/site-packages/torch/tensor.py(9): item;train.py(13): train_step;train.py(17): <module>';
  const events = Array.from({ length: 5 }, (_, step) => [
    { ph: 'X', cat: 'Operator', name: `ProfilerStep#${step}`, pid: 1, tid: '1', ts: step * 1000, dur: 990 },
    {
      ph: 'X',
      cat: 'Operator',
      name: 'aten::item',
      pid: 1,
      tid: '1',
      ts: step * 1000 + 10,
      dur: 500,
      args: { 'Call stack': stack },
    },
    {
      ph: 'X',
      cat: 'Runtime',
      name: 'cudaStreamSynchronize',
      pid: 1,
      tid: '1',
      ts: step * 1000 + 20,
      dur: 400,
      args: {},
    },
    {
      ph: 'X',
      cat: 'Kernel',
      name: 'gemm',
      pid: 0,
      tid: 'stream 7',
      ts: step * 1000 + 20,
      dur: 390,
      args: { device: 0 },
    },
  ]).flat();
  const { summary, findings: told } = await readingOf(events);
  assert.equal(summary.stacks, 'lines');
  assert.deepEqual(summary.waits[0]?.frame, { path: 'train.py', line: 13, name: 'train_step' });
  assert.equal(told[0]?.verdict, 'confirmed');
  assert.match(told[0]?.because ?? '', /40 % of the traced time, in 5 calls of aten::item at line 13/);
});

test('each kind of the run has a verdict, and what a trace cannot show is said', async () => {
  const { events } = generatedTrace(createRandom(seed), plans[0]?.[1] as TracePlan);
  const run = beside();
  const waste = (Object.keys(wasteKinds) as (keyof typeof wasteKinds)[]).map((kind) => ({ kind }) as never);
  const reading = traceReading(await readTrace(chunksOf(events)), 'trace.json', {
    ...run,
    run: { ...run.run, waste },
  });
  const told = Object.fromEntries(reading.kinds.map(({ kind, verdict }) => [kind, verdict]));
  assert.deepEqual(Object.keys(told).sort(), Object.keys(wasteKinds).sort());
  assert.equal(told['inputWait'], 'confirmed');
  assert.equal(told['throttling'], 'open');
  assert.match(reading.quality, /^profiler trace, 8 steps; profiling itself slows the run$/);
  assert.match(reading.notes.join(' '), /does not say when it was made/);
});

test('no figure of a trace is an energy', async () => {
  const { events } = generatedTrace(createRandom(seed), plans[1]?.[1] as TracePlan);
  const reading = await readingOf(events);
  const text = traceSections(reading)
    .flatMap(({ lines }) => lines)
    .join('\n');
  assert.doesNotMatch(text, /\d\s?[kMm]?(?:J|Wh)\b/);
  assert.match(text, /no energy is told/);
  assert.doesNotMatch(JSON.stringify(reading), /energyJ/);
});

test('every rule that is looked for in a trace exists', async () => {
  const { loadEngine } = await import('../../server/loadEngine.ts');
  const known = new Set((await loadEngine()).rules.map(({ name }) => name));
  for (const rule of ruleWaits.keys()) assert.ok(known.has(rule as never), rule);
});
