/**
 * Batch sizes in strides of two on simulated GPUs whose energy per sample has its least in the middle. Where it lies is
 * worked out from the simulator's own truth, of which the plan knows nothing.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BatchPlan } from '../../contracts/powerPlan.ts';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, python } from './samplerHarness.ts';

const simulatedGpu = fileURLToPath(new URL('../../demo/torch/_simulated_gpu.py', import.meta.url));
const steps = 160;
const sizes = [8, 16, 32, 64] as const;

/**
 * A step waits for the host, and its work grows with the square of the batch, as attention over one packed sequence
 * does. The waits differ, so that no sensor falls into step with them.
 */
const script = `
import argparse, importlib.util, time
spec = importlib.util.spec_from_file_location("simulated_gpu", ${JSON.stringify(simulatedGpu)})
gpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gpu)
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int)
batch = parser.parse_args().batch_size
queue = gpu.queue(0)
queue.hold(batch * 10 * 2**20)
for step in range(1, ${steps + 1}):
    time.sleep(0.006 + 0.008 * (step * 0.618 % 1))
    queue.submit("work", 2.8e-6 * batch ** 2, 0.9)
    queue.wait()
    print(f"step {step}/${steps}", flush=True)
`;

/** The batch of least energy per sample on α + β·B + γ·B² joules per step, through the true energies by least squares. */
function trueOptimum(perStepJ: ReadonlyMap<number, number>): number {
  const rows = [...perStepJ].map(([size, energyJ]) => [1, size, size ** 2, energyJ]);
  const sum = (one: number, other: number): number =>
    rows.reduce((total, row) => total + (row[one] ?? 0) * (row[other] ?? 0), 0);
  const matrix = [0, 1, 2].map((one) => [sum(one, 0), sum(one, 1), sum(one, 2)]);
  const right = [0, 1, 2].map((one) => sum(one, 3));
  const solved = (column: number): number =>
    determinant(matrix.map((row, at) => row.with(column, right[at] ?? 0))) / determinant(matrix);
  return Math.sqrt(solved(0) / solved(2));
}

function determinant(rows: readonly (readonly number[])[]): number {
  const [[a = 0, b = 0, c = 0] = [], [d = 0, e = 0, f = 0] = [], [g = 0, h = 0, i = 0] = []] = rows;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

// Side by side: the time goes by waiting.
describe('the optimum of the batch size', { concurrency: true, skip: needsPython }, () => {
  for (const gpu of ['a100-pcie-80', 'a40'])
    test(`found within one stride on the ${gpu}, and the next size lies on its side`, async (context) => {
      const place = makePlace(context, { PERJOULE_SIM_GPU: gpu });
      const file = join(place.folder, 'train.py');
      writeFileSync(file, script);
      const trueJ = new Map<number, number>();
      const record = async (size: number): Promise<void> => {
        const submissions = join(place.folder, `work-${size}.jsonl`);
        const inPlace = { ...place, environment: { ...place.environment, PERJOULE_SIM: submissions } };
        const command = ['run', '--no-check', '--', python ?? '', file, '--batch-size', String(size)];
        const end = await runCli(inPlace, command);
        assert.equal(end.code, 0, end.stderr);
        const truth = JSON.parse(readFileSync(`${submissions}.truth.jsonl`, 'utf8')) as { energyJ: number };
        trueJ.set(size, truth.energyJ / steps);
      };
      const planned = async (): Promise<BatchPlan> => {
        const runs = [...trueJ.keys()].map((_, at) => `last~${at}`.replace('~0', ''));
        const end = await runCli(place, ['plan', 'batch', ...runs, '--format', 'json']);
        assert.equal(end.code, 0, end.stderr);
        return JSON.parse(end.stdout) as BatchPlan;
      };
      for (const size of sizes) await record(size);
      const plan = await planned();
      const optimum = trueOptimum(trueJ);
      const apart = (size: number): number => Math.abs(Math.log2(size / optimum));
      const said = plan.points.map(
        ({ batchSize, perSampleJ }) =>
          `${batchSize}: ${perSampleJ.toFixed(4)} (${((trueJ.get(batchSize) ?? Number.NaN) / batchSize).toFixed(4)})`,
      );
      context.diagnostic(`J per sample (truth) ${said.join(', ')}; least truly at ${optimum.toFixed(1)}`);
      context.diagnostic(`best ${plan.best?.batchSize}: ${plan.best?.why} Next ${plan.next?.batchSize}.`);
      assert.ok(plan.best !== null && plan.next !== null);
      assert.ok(optimum > sizes[1] && optimum < sizes[3], `${optimum}`);
      assert.ok(apart(plan.best.batchSize) <= 1, `${plan.best.batchSize}, truly ${optimum}`);
      const [smaller, larger] = plan.best.between;
      assert.ok(smaller !== null && smaller < optimum);
      assert.ok(larger !== null && larger > optimum);
      assert.match(plan.best.why, /the optimum lies between them/);
      // From 32 the size on the wrong side, 24 or 48, is further away unless the optimum is at 32 itself.
      assert.ok(apart(plan.next.batchSize) < 0.65, `${plan.next.batchSize}, truly ${optimum}`);
    });
});
