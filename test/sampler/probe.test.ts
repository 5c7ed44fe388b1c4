/** `perjoule run --probe`: a program on the simulated GPU, sampled from inside, its joules by line. */

import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, python } from './samplerHarness.ts';

const program = `import json, os, sys, time
if False:
    import torch
def put(**fields):
    with open(os.environ["PERJOULE_SIM"], "a") as out:
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "device": 0, **fields}) + "\\n")
def compute():
    put(event="work", duration=4.9, intensity=0.9)
    end = time.time() + 5
    while time.time() < end:
        pass
def prepare():
    end = time.time() + 5
    while time.time() < end:
        pass
put(event="open", gpu="h100-sxm")
compute()
prepare()
print("done")
`;

test('joules by line and function, active and idle apart', { skip: needsPython }, async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '5000', PERJOULE_SIM: 'sim.jsonl' });
  writeFileSync(join(place.folder, 'main.py'), program);
  const { code, stdout, stderr } = await runCli(place, [
    'run',
    '--probe',
    '--summary',
    'told.json',
    '--',
    python ?? '',
    'main.py',
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'done\n');
  assert.match(stderr, /lines \(simulated\): .* of .* divided by \d+ samples of the main thread/);
  assert.match(stderr, /main\.py:\d+ \(compute\) +.* of it idle/);
  assert.match(stderr, /work: other 100 %/);
  assert.match(stderr, /No energy per step: the output showed no progress, and the probe saw no [^\n]*\n$/);
  const told = JSON.parse(readFileSync(join(place.folder, 'told.json'), 'utf8'));
  assert.ok(told.lines.sampledJ > 0.6 * told.energyJ, `${told.lines.sampledJ} of ${told.energyJ}`);
  assert.ok(told.lines.sampledJ <= 1.01 * told.energyJ);
  const [compute, prepare] = ['compute', 'prepare'].map((wanted) =>
    told.lines.functions.find(({ name }: { name: string }) => name === wanted),
  );
  // The GPU works while the program is in the one, and draws for nothing while it is in the other.
  assert.ok(compute.energyJ > 2 * prepare.energyJ, stderr);
  assert.ok(compute.idleJ < 0.25 * compute.energyJ, stderr);
  assert.ok(prepare.idleJ > 0.6 * prepare.energyJ, stderr);
});

test('without the option nothing is put into the program', { skip: needsPython }, async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '5000' });
  writeFileSync(join(place.folder, 'main.py'), 'import os; print(os.environ.get("PERJOULE_PROBE"))');
  const { stdout } = await runCli(place, ['run', '--', python ?? '', 'main.py']);
  assert.equal(stdout, 'None\n');
});

test('the demo, whose output is not read here, is sampled by line, and its steps are counted', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '5000', PERJOULE_SIM: 'sim.jsonl' });
  const demo = fileURLToPath(new URL('../../demo', import.meta.url));
  for (const part of ['train.py', 'history.py', 'pictures.py', 'torch'])
    cpSync(join(demo, part), join(place.folder, part), { recursive: true });
  // Where its bar cannot be read, as with a terminal, only the probe knows the steps.
  const unread = 'exec "$0" train.py --epochs 1 > progress.txt';
  const command = ['--', 'sh', '-c', unread, python ?? ''];
  const { code, stderr } = await runCli(place, [
    'run',
    '--probe',
    '--no-check',
    '--summary',
    'told.json',
    ...command,
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /lines \(simulated\): .* divided by \d+ samples/);
  assert.match(stderr, /(train|pictures)\.py:\d+/);
  assert.doesNotMatch(
    stderr,
    /torch\/\S+\.py:\d+/,
    'what the stand-in does is told of the line that calls it',
  );
  const told = JSON.parse(readFileSync(join(place.folder, 'told.json'), 'utf8'));
  assert.equal(told.steps?.count, 26);
  assert.ok(told.steps.perStepJ > 0, stderr);
});
