/** Two simulated GPUs of one step, one done earlier: the slack that is measured, held against the work that was submitted. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BalancePlan } from '../../contracts/balancePlan.ts';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, type Place, python } from './samplerHarness.ts';

const simulatedGpu = fileURLToPath(new URL('../../demo/torch/_simulated_gpu.py', import.meta.url));
const steps = 160;

/** One GPU works 60 ms of each step and the other as long as it is told; the clock stands in the program's own lines. */
const script = `
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("simulated_gpu", ${JSON.stringify(simulatedGpu)})
gpu = importlib.util.module_from_spec(spec)
spec.loader.exec_module(gpu)
queues = [gpu.queue(0), gpu.queue(1)]
for queue in queues:
    queue.submit("work", 0.3, 0.9)
    queue.wait()
time.sleep(3)
began = time.monotonic()
for step in range(1, ${steps + 1}):
    queues[0].submit("work", 0.06, 0.9)
    queues[1].submit("work", float(sys.argv[1]), 0.9)
    for queue in queues:
        queue.wait()
    print(f"step {step}/${steps}", flush=True)
print(f"a step took {(time.monotonic() - began) / ${steps} * 1000:.3f} ms", flush=True)
time.sleep(2)
`;

/** Only the program submits work. */
const withGpu = (place: Place): Place => ({
  ...place,
  environment: { ...place.environment, PERJOULE_SIM: join(place.folder, 'work.jsonl') },
});

test('the slack of the GPU that is done earlier is found; what slowing it saves is a model and says so', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_SIM_GPU: 'a100-pcie-80*2' });
  const file = join(place.folder, 'train.py');
  const inPlace = withGpu(place);
  writeFileSync(file, script);
  const ran = await runCli(inPlace, ['run', '--no-check', '--', python ?? '', file, '0.04']);
  assert.equal(ran.code, 0, ran.stderr);
  const stepMs = Number(/a step took ([\d.]+) ms/.exec(ran.stdout)?.[1]);
  const end = await runCli(place, ['plan', 'balance', '--format', 'json']);
  assert.equal(end.code, 0, end.stderr);
  const plan = JSON.parse(end.stdout) as BalancePlan;
  const [longest, waits] = plan.gpus;
  assert.ok(longest && waits);
  context.diagnostic(
    `step ${plan.perStepMs.toFixed(1)} ms, by the program ${stepMs} ms; slack ${waits.slackMs.toFixed(1)} ± ${waits.spreadMs?.toFixed(1)} ms, submitted 20 ms; ${waits.stretch.toFixed(2)} ×, saves ${waits.savedJ?.toFixed(2)} J`,
  );
  assert.ok(Math.abs(plan.perStepMs / stepMs - 1) < 0.05);
  assert.equal(longest.slackMs, 0);
  assert.ok(Math.abs(waits.slackMs - 20) < 3, `${waits.slackMs} ms`);
  assert.equal(plan.slackFrom, 'utilization');
  assert.equal(plan.simulated, true);
  // Never slower than the other is: 60 of 40 ms.
  assert.ok(waits.stretch > 1.2 && waits.stretch <= 1.4, `${waits.stretch}`);
  assert.ok(longest.savedJ === 0 && (waits.savedJ ?? 0) > 0, `${longest.savedJ} and ${waits.savedJ}`);
  assert.match(plan.caveats.join(' '), /modelled, not measured/);
  const text = await runCli(place, ['plan', 'balance', 'last']);
  assert.match(text.stdout, /less per step \([\d.]+ %\), modelled/);
  const sweep = await runCli(place, ['plan', 'power', '--sweep', '--yes']);
  assert.deepEqual([sweep.code, sweep.stdout], [2, '']);
  assert.match(sweep.stderr, /run 1 has ended; start it again and sweep while it trains\./);
  const csv = await runCli(place, ['plan', 'balance', '--format', 'csv']);
  const [head, ...rows] = csv.stdout.trim().split('\n');
  assert.match(head ?? '', /,source,energy_from,saving_from,simulated$/);
  assert.equal(rows.length, 2);
  for (const row of rows) assert.match(row, /,simulated,mean of power readings,model,true$/);
});

test('a run of one GPU has nobody to wait for', { skip: needsPython }, async (context) => {
  const place = makePlace(context, { PERJOULE_SIM_GPU: 'a100-pcie-80' });
  const file = join(place.folder, 'one.py');
  const alone = script
    .replace(', gpu.queue(1)', '')
    .replaceAll(/^.*queues\[1\].*\n/gm, '')
    .replaceAll(/time\.sleep\(\d\)/g, 'pass')
    .replace(`range(1, ${steps + 1})`, 'range(1, 30)');
  writeFileSync(file, alone);
  const ran = await runCli(withGpu(place), ['run', '--no-check', '--', python ?? '', file]);
  assert.equal(ran.code, 0, ran.stderr);
  const end = await runCli(place, ['plan', 'balance']);
  assert.notEqual(end.code, 0);
  assert.match(end.stderr, /holds one GPU: there is nobody for it to wait for/);
});
