import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StaticFinding } from '../../contracts/findings.ts';
import type { TracedHint, TraceReading } from '../../contracts/trace.ts';
import { tracedClause } from '../../contracts/traceText.ts';
import { generatedTrace, readLine, type TracePlan, tracedScript } from '../testing/generatedTrace.ts';
import { createRandom } from '../testing/random.ts';
import { readTrace } from './readTrace.ts';
import { tracedHints } from './tracedHints.ts';
import { traceReading } from './traceReading.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
const path = '/project/train.py';
const plan: TracePlan = {
  steps: 8,
  loaderUs: 20,
  readUs: 40_000,
  kernels: 20,
  kernelUs: 40,
  stacks: true,
};

const finding = (rule: string, line: number, regionHash = `${rule} ${line}`): StaticFinding => ({
  rule,
  path,
  line,
  endLine: line,
  message: '',
  severity: 'warning',
  confidence: 'likely',
  regionHash,
  wasteKind: null,
  fixTitle: null,
});
const read = finding('sync-scalar-in-step', readLine);

async function readingOf(
  findings: readonly StaticFinding[],
  over: Partial<TracePlan> = {},
  changed: readonly string[] = [],
): Promise<TraceReading & { readonly readUs: number }> {
  const { events, truth } = generatedTrace(createRandom(seed), { ...plan, ...over });
  async function* text(): AsyncIterable<string> {
    yield JSON.stringify({ traceEvents: events });
  }
  const run = { runId: 'r3', number: 3, startedAtMs: 0, durationMs: 1, devices: [], waste: [] };
  const beside = { run, findings, sources: new Map([[path, tracedScript]]), changed };
  return { ...traceReading(await readTrace(text()), 't.json', beside), readUs: truth.readUs };
}

const said = (hint: TracedHint | undefined): string => {
  assert.ok(hint !== undefined, `seed ${seed}`);
  return `${tracedClause(hint)}.`;
};

test('a confirmed hint has the time a step by the truth, its trace and its function, and no joules', async () => {
  const reading = await readingOf([read]);
  const [hint, ...more] = tracedHints(reading);
  assert.equal(more.length, 0);
  assert.deepEqual(
    { ...hint, waitMs: null, share: null },
    {
      rule: read.rule,
      path,
      regionHash: read.regionHash,
      verdict: 'confirmed',
      waitMs: null,
      share: null,
      calls: plan.steps,
      steps: plan.steps,
      within: 'train_step',
      file: 't.json',
      runId: 'r3',
    },
  );
  assert.ok(Math.abs((hint?.waitMs ?? 0) - reading.readUs / 1000) < 0.01, `${hint?.waitMs} (seed ${seed})`);
  assert.match(
    said(hint),
    /^Confirmed by profiler trace “t\.json”: the host waited [\d.]+ ms a step in 8 calls, \d+ % of the traced time, all in train_step, whose lines the profiler does not tell apart\.$/,
  );
  assert.doesNotMatch(said(hint), /\d\s?[kMm]?(?:J|Wh)\b/);
});

test('a place that ran and did not wait is retired, with the little it did wait', async () => {
  const [hint] = tracedHints(
    await readingOf([read], { readUs: 2, loaderUs: 90_000, kernels: 1, kernelUs: 1 }),
  );
  assert.equal(hint?.verdict, 'retired');
  assert.match(
    said(hint),
    /^Retired by profiler trace “t\.json”: the host waited no longer than [\d.]+ µs a step in 8 calls, /,
  );
});

test('where a function holds two findings of a kind neither is decided, and that is said', async () => {
  const bar = finding('progress-bar-sync', readLine - 1);
  for (const readUs of [40_000, 2]) {
    const reading = await readingOf([read, bar], { readUs, loaderUs: 90_000, kernels: 1, kernelUs: 1 });
    assert.deepEqual(tracedHints(reading), []);
    for (const { verdict, because } of reading.findings) {
      assert.equal(verdict, 'open');
      assert.match(because, /Another finding stands there: which of them waited cannot be decided\.$/);
    }
  }
  // Of another kind, or in another function, it takes nothing away.
  const apart = await readingOf([
    read,
    finding('explicit-synchronize-in-loop', readLine),
    finding(read.rule, 7),
  ]);
  assert.deepEqual(
    tracedHints(apart).map(({ rule, verdict }) => [rule, verdict]),
    [[read.rule, 'confirmed']],
  );
});

test('two places of the same text, a changed file and what is open reach no hint', async () => {
  assert.deepEqual(tracedHints(await readingOf([read, finding(read.rule, 7, read.regionHash)])), []);
  assert.deepEqual(tracedHints(await readingOf([read], {}, [path])), []);
  assert.deepEqual(tracedHints({ ...(await readingOf([read])), runId: null }), []);
});
