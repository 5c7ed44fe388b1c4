/** Batch sizes of recorded runs on a simulated GPU, held against the simulator's own truth. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BatchPlan } from '../../contracts/powerPlan.ts';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, python } from './samplerHarness.ts';

const simulatedGpu = fileURLToPath(new URL('../../demo/torch/_simulated_gpu.py', import.meta.url));
const steps = 40;

/** A step has a part that does not grow with the batch, in which the GPU waits for the host. */
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
    time.sleep(0.03)
    queue.submit("work", 0.02 + 0.002 * batch, 0.9)
    queue.wait()
    print(f"step {step}/${steps}", flush=True)
`;

test('energy per sample falls with the batch as it truly does, and the next size fits the memory', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_SIM_GPU: 'a100-pcie-80' });
  const file = join(place.folder, 'train.py');
  writeFileSync(file, script);
  const trueJ = new Map<number, number>();
  for (const size of [16, 32]) {
    const submissions = join(place.folder, `work-${size}.jsonl`);
    const inPlace = { ...place, environment: { ...place.environment, PERJOULE_SIM: submissions } };
    const command = ['run', '--no-check', '--', python ?? '', file, '--batch-size', String(size)];
    const end = await runCli(inPlace, command);
    assert.equal(end.code, 0, end.stderr);
    const truth = JSON.parse(readFileSync(`${submissions}.truth.jsonl`, 'utf8')) as { energyJ: number };
    trueJ.set(size, truth.energyJ / (steps * size));
  }
  const end = await runCli(place, ['plan', 'batch', 'last', 'last~1', '--format', 'json']);
  assert.equal(end.code, 0, end.stderr);
  const plan = JSON.parse(end.stdout) as BatchPlan;
  assert.deepEqual(
    plan.points.map(({ batchSize }) => batchSize),
    [16, 32],
  );
  for (const { batchSize, perSampleJ, simulated, from } of plan.points) {
    const truth = trueJ.get(batchSize) ?? Number.NaN;
    context.diagnostic(`${batchSize}: ${perSampleJ.toFixed(3)} J per sample, truth ${truth.toFixed(3)} J`);
    assert.ok(Math.abs(perSampleJ / truth - 1) < 0.1, `${perSampleJ} J, truth ${truth} J`);
    assert.equal(simulated, true);
    assert.equal(from, 'command');
  }
  assert.equal(plan.next?.batchSize, 64);
  assert.match(plan.caveats.join(' '), /accuracy/);
  const asked = await runCli(place, ['plan', 'batch', 'last=4', 'last~1=2']);
  assert.match(asked.stdout, /BATCH .* 2 .*\/sample.* 4 .*\/sample/s);
  assert.match(asked.stdout, /Least: 4\. 2 takes \d+ % more per sample; nothing larger was recorded\./);
  const wrong = await runCli(place, ['plan', 'batch', 'last=many']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /names no batch size; write it as 14=64/);
  for (const twice of [
    ['last=32', 'last=64'],
    ['2', 'last'],
  ]) {
    const refused = await runCli(place, ['plan', 'batch', ...twice]);
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /run 2 is named twice; name it once, with one size/);
  }
  const sweep = await runCli(place, ['plan', 'power', '--sweep', '--yes', 'last']);
  assert.deepEqual([sweep.code, sweep.stdout], [2, '']);
  assert.match(sweep.stderr, /run 2 has ended; start it again and sweep while it trains/);
});
