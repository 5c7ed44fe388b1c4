import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { RunDetail } from '../contracts/runs.ts';
import type { TraceAnswer } from '../contracts/trace.ts';
import { generatedTrace } from '../insight/testing/generatedTrace.ts';
import { createRandom } from '../insight/testing/random.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
const run = {
  runId: 'run-1',
  number: 1,
  startedAtMs: 0,
  durationMs: 1,
  devices: [],
  waste: [],
} as unknown as RunDetail;

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'perjoule-trace-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function ask(path: string): { readonly worker: Worker; readonly answers: Promise<readonly TraceAnswer[]> } {
  const worker = new Worker(new URL('./traceThread.ts', import.meta.url), {
    workerData: { path, run, findings: [] },
  });
  const answers: TraceAnswer[] = [];
  worker.on('message', (answer: TraceAnswer) => answers.push(answer));
  return {
    worker,
    answers: new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => resolve(answers));
    }),
  };
}

test('the thread reads a trace beside a run, and ends', async (context) => {
  const path = join(folderOf(context), 'trace.json');
  const plan = { steps: 5, loaderUs: 900, readUs: 20, kernels: 8, kernelUs: 30, stacks: true };
  writeFileSync(path, JSON.stringify({ traceEvents: generatedTrace(createRandom(seed), plan).events }));
  const last = (await ask(path).answers).at(-1);
  assert.ok(last?.type === 'read');
  assert.equal(last.reading.runId, 'run-1');
  assert.equal(last.reading.file, 'trace.json');
  assert.equal(last.reading.summary.steps, 5);
});

test('what is no trace is answered with the reason', async (context) => {
  const path = join(folderOf(context), 'other.json');
  writeFileSync(path, '{"name": "package"}');
  assert.deepEqual(await ask(path).answers, [
    { type: 'failed', reason: 'it is no trace of a profiler: no JSON object with "traceEvents"' },
  ]);
});

test('a long trace is told of while it is read, and is given up in the middle', async (context) => {
  const path = join(folderOf(context), 'long.json');
  const event = JSON.stringify({
    ph: 'X',
    cat: 'cpu_op',
    name: 'aten::add',
    pid: 1,
    tid: 1,
    ts: 1,
    dur: 1,
    args: { pad: 'x'.repeat(900) },
  });
  writeFileSync(path, `{"traceEvents": [${`${event},`.repeat(120_000)}${event}]}`);
  const { worker, answers } = ask(path);
  const first = await new Promise<TraceAnswer>((resolve) => worker.once('message', resolve));
  assert.ok(first.type === 'progress' && first.share > 0 && first.share < 1, JSON.stringify(first));
  await worker.terminate();
  assert.ok((await answers).every(({ type }) => type === 'progress'));
});
