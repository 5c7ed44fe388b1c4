import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import type { SamplerClient } from '../../sampler/connect.ts';
import {
  endPid,
  makePlace,
  needsPython,
  type Place,
  pause,
  python,
  until,
  untilRun,
} from './samplerHarness.ts';

const skip = needsPython || (process.platform === 'linux' ? false : 'process descent is tested on Linux');

/** A script that says it is about GPUs, and waits. */
function script(place: Place, name = 'train.py', body = ''): string {
  const path = join(place.folder, name);
  writeFileSync(path, `import time\nif False:\n    import torch\n${body}\ntime.sleep(2)\n`);
  return path;
}

let follows = 0;
async function followShell(client: SamplerClient, pid: number, command = 'python train.py'): Promise<string> {
  follows += 1;
  const followId = `s${follows}`;
  await client.request('follow', { followId, anchor: 'shell', pid, command, cwd: '/', origin: 'terminal' });
  return followId;
}

const all = (client: SamplerClient): Promise<readonly RunSummary[]> =>
  client.request('listRuns', { limit: 50 });

test('a script that imports a GPU framework becomes a run by descent, with its path, exit code and full length', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  script(place, 'train.py', 'import sys; import atexit, os; atexit.register(lambda: os._exit(3))');
  const client = await place.connect();
  const shell = place.start('bash', ['-c', `sleep 0.3; ${python} train.py --token geheim; exit $?`]);
  const followId = await followShell(client, shell.pid, `python train.py --token geheim`);
  const changes: (string | null)[] = [];
  client.on('runChanged', (change) => changes.push(change.followId));
  const live = await untilRun(client, 'the run', ({ state }) => state === 'live');
  assert.equal(live.name, 'train.py');
  assert.equal(live.script, join(place.folder, 'train.py'));
  assert.equal(live.origin, 'terminal');
  assert.ok(!JSON.stringify(live).includes('geheim'));
  const code = await new Promise<number | null>((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId, exitCode: code });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.exitCode, 3);
  assert.ok(run.durationMs > 1800 && run.durationMs < 3000, `${run.durationMs}`);
  assert.ok(changes.every((id) => id === followId));
});

test('the interpreter is the Python that runs, not the shim of a shell before it', {
  skip,
  concurrency: 2,
}, async (all) => {
  for (const [how, line] of [
    ['that becomes it', 'sleep 1; exec "$PYTHON" "$@"'],
    ['that starts it', 'sleep 1; "$PYTHON" "$@"; true'],
  ])
    await all.test(how, async (context) => {
      const place = makePlace(context, { PYTHON: python ?? '' });
      const file = script(place);
      const shim = join(place.folder, 'python');
      writeFileSync(shim, `#!/usr/bin/env bash\n${line}\n`, { mode: 0o755 });
      const client = await place.connect();
      const started = place.start(shim, [file]);
      await client.request('follow', {
        followId: `shim ${how}`,
        anchor: 'process',
        pid: started.pid,
        command: 'python train.py',
        cwd: place.folder,
        origin: 'cli',
      });
      await new Promise((resolve) => started.once('close', resolve));
      const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
      const detail = await client.request('getRun', { runId: run.runId });
      assert.equal(realpathSync(detail?.setting?.interpreter ?? '/'), realpathSync(python ?? ''));
    });
});

test('Python without a GPU, and other programs, are no runs', { skip }, async (context) => {
  const place = makePlace(context);
  writeFileSync(
    join(place.folder, 'plain.py'),
    '# import torch is only mentioned here\nimport time\ntime.sleep(1.5)\n',
  );
  const client = await place.connect();
  const shell = place.start('bash', ['-c', `${python} plain.py; sleep 0.5`]);
  const followId = await followShell(client, shell.pid);
  await new Promise((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId, exitCode: 0 });
  assert.deepEqual(await all(client), []);
});

test('a launcher and its workers are one run, which ends with the last of them', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  script(place, 'worker.py');
  script(
    place,
    'launch.py',
    `import subprocess, sys, os\nif os.fork() == 0:\n    time.sleep(1)\n    os._exit(0)\n` +
      `[p.wait() for p in [subprocess.Popen(["bash", "-c", sys.executable + " worker.py; true"]) for _ in range(3)]]`,
  );
  const client = await place.connect();
  const shell = place.start('bash', ['-c', `(bash -c "${python} launch.py; true"); true`]);
  const followId = await followShell(client, shell.pid);
  await new Promise((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId, exitCode: 0 });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.name, 'launch.py');
  assert.equal((await all(client)).length, 1);
  assert.ok(run.durationMs > 3800, `${run.durationMs}`);
});

test('accelerate launch and its ranks are one run, of the script they run', { skip }, async (context) => {
  const place = makePlace(context);
  script(place, 'train.py');
  const bin = join(place.folder, 'venv', 'bin');
  mkdirSync(bin, { recursive: true });
  // In its shape of processes: a Python program without an ending, and its ranks as children with an interpreter each.
  const ranks = `[subprocess.Popen([sys.executable, "-u", *sys.argv[4:]], env={**os.environ, "RANK": str(rank)}) for rank in range(2)]`;
  const launcher = `import os, subprocess, sys\nsys.exit(max(p.wait() for p in ${ranks}))\n`;
  writeFileSync(join(bin, 'accelerate'), launcher);
  const client = await place.connect();
  const typed = 'accelerate launch --num_processes 2 train.py';
  const shell = place.start('bash', ['-c', `${python} ${join(bin, typed)} --lr 1e-4; exit $?`]);
  const followId = await followShell(client, shell.pid, typed);
  const live = await untilRun(client, 'the run', ({ state }) => state === 'live');
  const code = await new Promise<number | null>((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId, exitCode: code });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal((await all(client)).length, 1);
  assert.equal(run.runId, live.runId);
  assert.deepEqual([run.name, run.command, run.exitCode], ['train.py', typed, 0]);
});

test('in the background: the prompt comes back at once, the run lives on, the next command is another run', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  script(place, 'first.py', 'time.sleep(2)');
  script(place, 'second.py');
  const client = await place.connect();
  const shell = place.start('bash', ['-c', `${python} first.py & sleep 1.2; ${python} second.py; wait`]);
  const first = await followShell(client, shell.pid, 'python first.py &');
  await client.request('followEnd', { followId: first, exitCode: 0 });
  await pause(600);
  const second = await followShell(client, shell.pid, 'python second.py');
  await until('two runs', async () => (await all(client)).length === 2);
  await new Promise((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId: second, exitCode: 0 });
  const runs = await until('both to end', async () => {
    const found = await all(client);
    return found.every(({ state }) => state === 'ended') ? found : null;
  });
  assert.deepEqual(runs.map(({ name }) => name).sort(), ['first.py', 'second.py']);
  const byName = new Map(runs.map((run) => [run.name, run]));
  assert.ok((byName.get('first.py')?.durationMs ?? 0) > 3500);
  assert.equal(byName.get('second.py')?.command, 'python second.py');
});

test('a process that leaves its parent is still followed', { skip }, async (context) => {
  const place = makePlace(context);
  script(place, 'daemon.py', 'time.sleep(1)');
  const client = await place.connect();
  // The middle shell lives long enough to be seen and then leaves its child to somebody else.
  const shell = place.start('bash', ['-c', `bash -c "${python} daemon.py & sleep 0.8" ; sleep 0.2`]);
  const followId = await followShell(client, shell.pid);
  await new Promise((resolve) => shell.once('exit', resolve));
  await client.request('followEnd', { followId, exitCode: 0 });
  const live = await untilRun(client, 'the run', ({ name }) => name === 'daemon.py');
  assert.equal(live.state, 'live');
  place.owns(live.pid);
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.ok(run.durationMs > 2500, `${run.durationMs}`);
  assert.equal(run.exitCode, null);
});

test('a killed process ends its run; a process that is gone already opens none', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(60)']);
  const { runId } = await client.request('follow', {
    followId: 'p',
    anchor: 'process',
    pid: child.pid,
    command: 'python -c x',
    cwd: '/',
    origin: 'cli',
    name: 'chosen',
  });
  assert.equal((await client.request('getRun', { runId: runId ?? '' }))?.name, 'chosen');
  endPid(child.pid);
  await untilRun(client, 'the end', ({ state }) => state === 'ended');
  const gone = await client.request('follow', {
    followId: 'q',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  assert.equal(gone.runId, null);
});

test('a simulated GPU is opened for a process that names one, and only that variable is read', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect({ nvidiaSmi: true });
  const file = join(place.folder, 'submissions.jsonl');
  const body = `
import json, os, time
def put(**fields):
    with open(os.environ["PERJOULE_SIM"], "a") as out:
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), **fields}) + "\\n")
put(event="open", device=0, gpu="h100-sxm")
`;
  script(place, 'sim.py', body);
  mkdirSync(join(place.folder, 'x'));
  const shell = place.start('bash', ['-c', `${python} sim.py; true`], {
    PERJOULE_SIM: file,
    SOME_SECRET_TOKEN: 'do-not-look',
  });
  const followId = await followShell(client, shell.pid);
  const live = await untilRun(client, 'the run', ({ name }) => name === 'sim.py');
  assert.ok(!JSON.stringify(live).includes('do-not-look'));
  await new Promise((resolve) => shell.once('close', resolve));
  await client.request('followEnd', { followId, exitCode: 0 });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  // The machine has a GPU of its own, which this run did not use.
  assert.deepEqual(
    run.devices.map(({ attribution }) => attribution),
    ['simulated'],
  );
  assert.equal(run.simulated, true);
  assert.equal(run.totals.provenance?.simulated, true);
  assert.ok((run.totals.energyJ ?? 0) > 50);
});

test('deleting a run removes it for every client', { skip }, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  const other = await place.connect();
  const removed: string[] = [];
  other.on('runRemoved', ({ runId }) => removed.push(runId));
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(1)']);
  const { runId } = await client.request('follow', {
    followId: 'p',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  await untilRun(client, 'the end', ({ state }) => state === 'ended');
  await client.request('deleteRun', { runId: runId ?? '' });
  assert.deepEqual(await all(client), []);
  await until('the news', () => removed.length === 1);
});

/** Forks twice, leaves its session and its folder, and goes on alone; `keep` seconds pass before the first one ends. */
const daemon = (keep: number): string => `import os, sys
if os.fork():
    time.sleep(${keep})
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.chdir("/")
for descriptor in range(3):
    os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
`;

for (const [what, keep] of [
  ['that is seen before it leaves', 0.8],
  ['that has left before anything is seen', 0],
] as const)
  test(`a daemon ${what} is one run to its own end, by the tag of its terminal`, {
    skip,
  }, async (context) => {
    const place = makePlace(context);
    script(place, 'daemon.py', daemon(keep));
    const client = await place.connect();
    // What leaves at once leaves a shell that ends at once as well: neither is there at the next look.
    const line = keep > 0 ? `${python} daemon.py; sleep 0.5` : `sleep 0.5; ${python} daemon.py; true`;
    // A name that nothing is written to: the daemon is known for a GPU's at once, wherever its folder is by then.
    const variables = { PERJOULE_TAG: 'w1', PERJOULE_SIM: 'daemon.sim' };
    const shell = place.start('bash', ['-c', line], variables);
    const shellEnded = new Promise((resolve) => shell.once('exit', resolve));
    const followId = 'tagged';
    await client.request('follow', {
      followId,
      anchor: 'shell',
      pid: shell.pid,
      command: 'python daemon.py',
      cwd: '/',
      origin: 'terminal',
      tag: 'w1',
    });
    await shellEnded;
    await client.request('followEnd', { followId, exitCode: 0 });
    const run = await untilRun(client, 'the end', ({ state }) => state === 'ended', 30_000);
    assert.equal((await all(client)).length, 1);
    assert.equal(run.command, 'python daemon.py');
    assert.ok(run.durationMs > 1_900 && run.durationMs < 13_500, `${run.durationMs}`);
    // The code of the process that the shell waited for says nothing of the one that went on.
    assert.equal(run.exitCode, null);
  });

test('a process with the tag of another window, or with none, is not taken in', { skip }, async (context) => {
  const place = makePlace(context);
  script(place, 'other.py', daemon(0));
  const client = await place.connect();
  const shell = place.start('sleep', ['3'], { PERJOULE_TAG: 'w1' });
  await client.request('follow', {
    followId: 'tagged',
    anchor: 'shell',
    pid: shell.pid,
    command: './long.sh',
    cwd: '/',
    origin: 'terminal',
    tag: 'w1',
  });
  place.start(python ?? '', ['other.py'], { PERJOULE_TAG: 'w2' });
  place.start(python ?? '', ['other.py']);
  await new Promise((resolve) => shell.once('exit', resolve));
  assert.deepEqual(await all(client), []);
});

test('a program below the shell of its terminal, as a debugger starts it, ends with its own processes', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  script(place);
  const client = await place.connect();
  const launcher = `bash -c '${python} train.py & echo $! > program.pid; wait'`;
  place.start('setsid', ['bash', '-c', `${launcher}; sleep 60`], { PERJOULE_TAG: 'w1' });
  const file = join(place.folder, 'program.pid');
  const pid = await until('the program', () => existsSync(file) && Number(readFileSync(file, 'utf8')));
  const labels = { command: 'python train.py', cwd: '/', origin: 'debug', tag: 'w1' } as const;
  await client.request('follow', { ...labels, followId: 'debugged', anchor: 'program', pid });
  await untilRun(client, 'the end', ({ state }) => state === 'ended', 12_000);
});

for (const first of ['debugger', 'terminal'] as const)
  test(`a debugger’s launcher in a terminal and the program are one run, the ${first} telling first`, {
    skip,
  }, async (context) => {
    const place = makePlace(context);
    script(place);
    const launcher = [
      'import subprocess, sys',
      'child = subprocess.Popen([sys.executable, "train.py"])',
      'open("program.pid", "w").write(str(child.pid))',
      'sys.exit(child.wait())',
    ];
    writeFileSync(join(place.folder, 'launcher.py'), launcher.join('\n'));
    const client = await place.connect();
    // What the debugger sets for the program stands in the launcher's environment too.
    const shell = place.start('setsid', ['bash', '-c', `${python} launcher.py; sleep 60`], {
      PERJOULE_SIM: 'train.sim',
    });
    const file = join(place.folder, 'program.pid');
    const pid = await until('the program', () => existsSync(file) && Number(readFileSync(file, 'utf8')));
    const debugged = { command: 'python train.py', cwd: '/', origin: 'debug', followId: 'debugged' } as const;
    const typed = { command: 'python launcher.py', cwd: '/', origin: 'terminal', followId: 'typed' } as const;
    const tell = {
      debugger: () => client.request('follow', { ...debugged, anchor: 'program', pid }),
      terminal: () => client.request('follow', { ...typed, anchor: 'shell', pid: shell.pid }),
    };
    await tell[first]();
    await tell[first === 'debugger' ? 'terminal' : 'debugger']();
    const run = await untilRun(client, 'the end', ({ state }) => state === 'ended', 12_000);
    assert.equal((await all(client)).length, 1);
    assert.equal(run.command, 'python train.py');
    assert.equal(run.origin, 'debug');
  });

test('another terminal of the window is no daemon: a run beside it ends with its own processes', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  script(place);
  const client = await place.connect();
  const tag = { PERJOULE_TAG: 'w1' };
  const shell = place.start('bash', ['-c', `${python} train.py; sleep 0.2`], tag);
  const labels = { command: 'python train.py', cwd: '/', origin: 'terminal', tag: 'w1' } as const;
  await client.request('follow', { ...labels, followId: 'tagged', anchor: 'shell', pid: shell.pid });
  await untilRun(client, 'the run', ({ state }) => state === 'live');
  place.start('sleep', ['60'], tag);
  await new Promise((resolve) => shell.once('exit', resolve));
  await client.request('followEnd', { followId: 'tagged', exitCode: 0 });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended', 6_000);
  assert.equal(run.exitCode, 0);
});
