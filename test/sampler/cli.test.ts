import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Comparison, RunSummary } from '../../contracts/runs.ts';
import { productVersion } from '../../contracts/version.ts';
import { cliMain, makePlace, needsPython, type Place, python } from './samplerHarness.ts';

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function perjoule(
  place: Place,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  killAfterMs = 0,
): Promise<Outcome> {
  const child = spawn(process.execPath, [cliMain, ...args], {
    env: { ...place.environment, ...variables },
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  if (killAfterMs > 0) setTimeout(() => child.kill('SIGTERM'), killAfterMs);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A script that submits steps to the simulated GPU; `work` is the busy share of a step. */
const training = (steps: number, busyS: number, idleS: number): string => `
import json, os, sys, time
if False:
    import torch
def put(**fields):
    with open(os.environ["PERJOULE_SIM"], "a") as out:
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "device": 0, **fields}) + "\\n")
put(event="open", gpu="h100-sxm")
for step in range(1, ${steps} + 1):
    put(event="work", duration=${busyS}, intensity=0.9)
    time.sleep(${busyS} + ${idleS})
    sys.stderr.write("\\r%d/${steps} [00:00<00:00, 5.00it/s]" % step)
    sys.stderr.flush()
print("done")
`;

test('--version and --help answer, wrong usage is 2', async (context) => {
  const place = makePlace(context);
  assert.deepEqual(await perjoule(place, ['--version']), {
    code: 0,
    signal: null,
    stdout: `${productVersion}\n`,
    stderr: '',
  });
  const help = await perjoule(place, ['--help']);
  assert.equal(help.code, 0);
  for (const command of ['check', 'run', 'runs', 'compare'])
    assert.match(help.stdout, new RegExp(`^  ${command} `, 'm'));
  assert.equal((await perjoule(place, ['nonsense'])).code, 2);
  assert.equal((await perjoule(place, ['runs', '--limit', 'x'])).code, 2);
  assert.equal((await perjoule(place, ['compare', 'last'])).code, 2);
});

test('the version is the one of the package', () => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal((manifest as { version: string }).version, productVersion);
});

test('two simulated runs: output untouched, figures printed and written, list and comparison', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '5000' });
  // Relative to where the command runs, as the command itself reads it.
  const sim = { PERJOULE_SIM: 'sim.jsonl' };
  writeFileSync(join(place.folder, 'before.py'), training(24, 0.1, 0.15));
  writeFileSync(join(place.folder, 'after.py'), training(24, 0.1, 0));
  const before = await perjoule(
    place,
    ['run', '--summary', 'before.json', '--', python ?? '', 'before.py'],
    sim,
  );
  assert.equal(before.code, 0);
  assert.equal(before.stdout, 'done\n');
  assert.ok(before.stderr.startsWith('\r1/24 '));
  assert.match(before.stderr, /perjoule · run 1 · before\.py .* · simulated · counter/);
  assert.match(before.stderr, /energy {2,}\d.* k?J .*Wh/);
  assert.match(before.stderr, /per step .*J\/step/);
  const summary = JSON.parse(readFileSync(join(place.folder, 'before.json'), 'utf8')) as {
    simulated: boolean;
    energyJ: number;
    steps: { count: number };
    exitCode: number;
  };
  assert.equal(summary.simulated, true);
  assert.equal(summary.steps.count, 24);
  assert.equal(summary.exitCode, 0);
  assert.ok(summary.energyJ > 500);
  const after = await perjoule(
    place,
    ['run', '--no-check', '--name', 'the fix', '--', python ?? '', 'after.py'],
    sim,
  );
  assert.equal(after.code, 0);
  const list = await perjoule(place, ['runs', '--format', 'json']);
  const runs = JSON.parse(list.stdout) as RunSummary[];
  assert.deepEqual(
    runs.map(({ name, number }) => [number, name]),
    [
      [2, 'the fix'],
      [1, 'before.py'],
    ],
  );
  const table = await perjoule(place, ['runs']);
  assert.match(table.stdout, /^RUN {2}STARTED/);
  assert.match(table.stdout, /the fix .*simulated · counter.*$/m);
  const json = await perjoule(place, ['compare', '1', 'last', '--format', 'json']);
  const { comparisons } = JSON.parse(json.stdout) as { readonly comparisons: readonly Comparison[] };
  const [comparison] = comparisons;
  assert.ok(comparison !== undefined && comparisons.length === 1);
  assert.equal(comparison.baseline.name, 'before.py');
  assert.equal(comparison.run.name, 'the fix');
  assert.ok((comparison.change ?? 0) < 0, `${comparison.change}`);
  const text = await perjoule(place, ['compare', 'last~1', runs[0]?.runId ?? '']);
  assert.match(text.stdout, /Energy per step/);
  assert.match(text.stdout, /^Quality +simulated · counter.* {2}simulated · counter/m);
  assert.match(text.stdout, /less energy per step \(simulated\)/);
  // For a pipeline: the way back is worse, and what is pinned need not be named.
  assert.equal((await perjoule(place, ['compare', '1', '2', '--fail-on', 'worse'])).code, 0);
  assert.equal((await perjoule(place, ['compare', '2', '1', '--fail-on', 'worse'])).code, 1);
  assert.match(
    (await perjoule(place, ['compare', '2'])).stderr,
    /run 2 has no pinned baseline; name two runs/,
  );
  const pinned = await perjoule(place, ['baseline', '1']);
  assert.equal(pinned.stdout, 'run 1 (before.py) is the baseline of the later runs of its script.\n');
  assert.match(
    (await perjoule(place, ['compare', '2'])).stderr,
    /run 2 has no pinned baseline/,
    'other script',
  );
  const markdown = await perjoule(place, ['compare', '1', '2', '--format', 'markdown']);
  assert.match(markdown.stdout, /^\| {2}\| run 1 before\.py \(simulated\) \|/);
  const missing = await perjoule(place, ['compare', '1', '77']);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /no run "77"/);
  const same = await perjoule(place, ['compare', 'last', '2']);
  assert.deepEqual([same.code, same.stdout], [2, '']);
  assert.match(same.stderr, /^perjoule: "last" and "2" both name run 2; name two runs, such as/);
});

test('exit status and signals are those of the command', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '3000' });
  assert.equal((await perjoule(place, ['run', '--', 'bash', '-c', 'exit 7'])).code, 7);
  assert.equal((await perjoule(place, ['run', '--', 'bash', '-c', 'sleep 0.4; exit 3'])).code, 3);
  const missing = await perjoule(place, ['run', '--', 'no-such-program-here']);
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /command not found/);
  const trapped = await perjoule(
    place,
    ['run', '--', 'bash', '-c', 'trap "echo asked; exit 9" TERM; while :; do sleep 0.1; done'],
    {},
    1500,
  );
  assert.equal(trapped.code, 9);
  assert.equal(trapped.stdout, 'asked\n');
  const killed = await perjoule(place, ['run', '--', 'bash', '-c', 'kill -KILL $$']);
  assert.equal(killed.signal, 'SIGKILL');
});

test('options of the command stay its own, and bytes pass unchanged', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '3000' });
  const echoed = await perjoule(place, ['run', '--', 'printf', '%s|', '--name', 'x', '--version', '-h']);
  assert.equal(echoed.stdout, '--name|x|--version|-h|');
  const bytes = await perjoule(place, [
    'run',
    '--',
    'bash',
    '-c',
    'head -c 300000 /dev/zero | tr "\\0" "a"; printf "\\033[31mé"',
  ]);
  assert.equal(bytes.stdout.length, 300_000 + '\u001b[31mé'.length);
});

test('without a sampler the command runs, unmeasured, and is told so', async (context) => {
  const place = makePlace(context);
  // Somebody made the folder first, and left it open to others.
  mkdirSync(join(place.folder, 'run', 'perjoule'));
  chmodSync(join(place.folder, 'run', 'perjoule'), 0o777);
  const outcome = await perjoule(place, ['run', '--', 'echo', 'hello']);
  assert.equal(outcome.code, 0);
  assert.equal(outcome.stdout, 'hello\n');
  assert.match(outcome.stderr, /unmeasured/);
  const list = await perjoule(place, ['runs']);
  assert.equal(list.code, 2);
});
