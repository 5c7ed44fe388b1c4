import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machine } from './testing/machine.ts';

const follow = {
  followId: 'f',
  anchor: 'process',
  pid: 7,
  command: 'python train.py',
  cwd: '/',
  origin: 'cli',
} as const;

test('energy counts from the start of the process, for every GPU, however late each was noticed', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  await live(3000);
  start(7);
  await live(2000);
  const runId = (await sampler.follow(follow)) ?? '';
  await live(1000);
  holders.push({ uuid: 'a', pid: 7 });
  await live(5000);
  assert.deepEqual(
    queries.detail(runId)?.devices.map(({ uuid }) => uuid),
    ['a'],
  );
  holders.push({ uuid: 'b', pid: 7 });
  await live(2000);
  end(7);
  await live(2500);
  const run = queries.detail(runId);
  assert.equal(run?.state, 'ended');
  assert.equal(run?.devices.length, 2);
  assert.ok(Math.abs((run?.durationMs ?? 0) - 10_000) < 300, `${run?.durationMs}`);
  assert.ok(Math.abs((run?.totals.energyJ ?? 0) - 4000) < 120, `${run?.totals.energyJ}`);
});

test('a machine that sleeps in the middle leaves a gap, without energy across it', async () => {
  const { sampler, queries, holders, live, sleep, start, end } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  await live(500);
  start(7);
  const runId = (await sampler.follow(follow)) ?? '';
  await live(4000);
  sleep(3_600_000);
  await live(4000);
  end(7);
  await live(2500);
  const run = queries.detail(runId);
  assert.equal(run?.gaps.length, 1);
  assert.equal(run?.gaps[0]?.reason, 'suspended');
  const gapMs = (run?.gaps[0]?.toMs ?? 0) - (run?.gaps[0]?.fromMs ?? 0);
  assert.ok(Math.abs(gapMs - 3_600_000) < 300, `${gapMs}`);
  assert.ok(Math.abs((run?.totals.energyJ ?? 0) - 1600) < 100, `${run?.totals.energyJ}`);
  assert.ok(Math.abs((run?.durationMs ?? 0) - 3_608_000) < 500, `${run?.durationMs}`);
});

test('two to four updates a second, each tick in one of them only', async () => {
  const { sampler, updates, holders, live, start } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(7);
  await sampler.follow(follow);
  await live(10_000);
  assert.ok(updates.length <= 40 && updates.length > 20, `${updates.length}`);
  const times = updates.flatMap(({ block }) => [...block.timesMs]);
  assert.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
  assert.ok(times.length > 90, `${times.length}`);
});

test('a program met before its command was told is that command’s run, and what it prints counts its steps', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(5);
  const shell = { anchor: 'shell', pid: 5, cwd: '/', origin: 'terminal' } as const;
  await sampler.follow({ ...shell, followId: 'busy', command: '' });
  await live(1000);
  start(7, 5);
  await live(1000);
  const runId = await sampler.follow({
    ...shell,
    followId: 'told',
    command: 'python train.py --lr 1',
    origin: 'command',
  });
  assert.ok(runId !== null, 'the run is this command’s');
  for (let step = 1; step <= 40; step += 1) {
    sampler.output('told', `step ${step}/40\n`);
    await live(200);
  }
  end(7);
  await sampler.followEnd('told', 3);
  await live(2500);
  const run = queries.detail(runId);
  assert.equal(run?.state, 'ended');
  assert.equal(run?.exitCode, 3);
  assert.equal(run?.command, 'python train.py --lr 1');
  assert.equal(run?.origin, 'command');
  assert.ok((run?.steps?.perStepJ ?? 0) > 0, 'steps are read');
});

test('what an unheard command left in the background is not the next command’s', async () => {
  const { sampler, queries, holders, live, start } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(5);
  start(7, 5);
  const shell = { anchor: 'shell', pid: 5, cwd: '/', origin: 'terminal' } as const;
  await sampler.follow({ ...shell, followId: 'busy', command: '' });
  await live(12_000);
  const told = await sampler.follow({ ...shell, followId: 'told', command: 'python other.py' });
  assert.equal(told, null);
  assert.equal(queries.list(5).length, 1);
});

for (const first of ['task', 'terminal'] as const) {
  test(`a task and the terminal it runs in tell of one run, the ${first} first`, async () => {
    const { sampler, queries, holders, live, start, end } = machine();
    holders.push({ uuid: 'a', pid: 7 });
    const seen = { pid: 7, cwd: '/' };
    const task = {
      ...seen,
      followId: 'task',
      anchor: 'program',
      command: 'python train.py',
      origin: 'task',
    } as const;
    const terminal = {
      ...seen,
      followId: 'terminal',
      anchor: 'shell',
      command: 'Executing task: train',
      origin: 'terminal',
    } as const;
    start(7);
    for (const params of first === 'task' ? [task, terminal] : [terminal, task]) await sampler.follow(params);
    sampler.output('terminal', 'step 1/40\n');
    await live(300);
    for (let step = 2; step <= 40; step += 1) {
      sampler.output('terminal', `step ${step}/40\n`);
      await live(200);
    }
    end(7);
    await sampler.followEnd('terminal', 4);
    await sampler.followEnd('task', 4);
    await live(2500);
    const [run, ...others] = queries.list(5);
    assert.deepEqual(others, []);
    assert.equal(run?.command, 'python train.py');
    assert.equal(run?.origin, 'task');
    assert.equal(run?.exitCode, 4);
    assert.equal(run?.steps?.count, 40);
  });
}

test('a task that starts two programs, one after the other, is two runs with the steps of each', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  start(5, 1, ['make']);
  const seen = { pid: 5, cwd: '/' };
  await sampler.follow({ ...seen, followId: 'task', anchor: 'program', command: 'make', origin: 'task' });
  await sampler.follow({
    ...seen,
    followId: 'terminal',
    anchor: 'shell',
    command: 'Task: make',
    origin: 'terminal',
  });
  for (const pid of [7, 8]) {
    holders.push({ uuid: 'a', pid });
    start(pid, 5);
    await live(1000);
    for (let step = 1; step <= pid; step += 1) {
      sampler.output('terminal', `step ${step}/${pid}\n`);
      await live(300);
    }
    end(pid);
    await live(2500);
  }
  assert.deepEqual(
    queries.list(5).map((run) => [run.pid, run.origin, run.command, run.steps?.count]),
    [
      [8, 'task', 'make', 8],
      [7, 'task', 'make', 7],
    ],
  );
});

test('a debugged program that a terminal has started is the debugger’s run, with the code the terminal tells', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  holders.push({ uuid: 'a', pid: 8 });
  start(5);
  const shell = { anchor: 'shell', pid: 5, cwd: '/', origin: 'terminal', followId: 'shell' } as const;
  await sampler.follow({ ...shell, command: 'python launcher 4711 -- train.py' });
  start(7, 5);
  start(8, 7);
  await live(1000);
  await sampler.follow({
    followId: 'debug',
    anchor: 'program',
    pid: 8,
    cwd: '/',
    command: 'python train.py',
    origin: 'debug',
  });
  await live(1000);
  end(8);
  end(7);
  await sampler.followEnd('debug', null);
  await sampler.followEnd('shell', 2);
  await live(2500);
  const [run, ...others] = queries.list(5);
  assert.deepEqual(others, []);
  assert.equal(run?.command, 'python train.py');
  assert.equal(run?.origin, 'debug');
  assert.equal(run?.exitCode, 2);
});

test('a run that nobody wants any more ends at once; its program and its workers are no other run', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(5);
  start(7, 5);
  const shell = { anchor: 'shell', pid: 5, cwd: '/', origin: 'terminal' } as const;
  await sampler.follow({ ...shell, followId: 'told', command: 'python train.py' });
  await live(3_000);
  const [before] = queries.list(5);
  await sampler.stopFollowing(before?.runId ?? '');
  const [run] = queries.list(5);
  assert.deepEqual([run?.state, run?.exitCode], ['ended', null]);
  const notices = queries.detail(run?.runId ?? '')?.notices ?? [];
  assert.ok(notices.some(({ id, message }) => id === 'letGo' && /stopped following/.test(message)));
  const energyJ = run?.totals.energyJ;
  start(8, 7);
  holders.push({ uuid: 'b', pid: 8 });
  await live(12_000);
  assert.deepEqual([queries.list(5).length, queries.list(5)[0]?.totals.energyJ], [1, energyJ]);

  // What is typed next is a run again.
  end(7);
  end(8);
  await sampler.followEnd('told', 0);
  assert.equal(queries.list(5)[0]?.exitCode, null, 'the end of the program is not the end of the run');
  holders.splice(0, 2, { uuid: 'a', pid: 9 });
  start(9, 5);
  await sampler.follow({ ...shell, followId: 'next', command: 'python train.py' });
  await live(1_000);
  assert.equal(queries.list(5).length, 2);
});

test('a process that was let go can be attached to again, from then on', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(7);
  const attach = { anchor: 'process', pid: 7, command: '', cwd: '', origin: 'attach' } as const;
  const first = await sampler.follow({ ...attach, followId: 'first' });
  await live(3_000);
  await sampler.stopFollowing(first ?? '');
  assert.equal(sampler.gpuHolders()[0]?.runId, null);
  await live(4_000);
  const again = await sampler.follow({ ...attach, followId: 'again' });
  await live(2_000);
  end(7);
  await live(2_500);
  const [second, one] = queries.list(5);
  assert.deepEqual([second?.runId, one?.runId], [again, first]);
  assert.ok(Math.abs((second?.durationMs ?? 0) - 2_000) < 300, `${second?.durationMs}`);
  assert.ok(Math.abs((second?.totals.energyJ ?? 0) - 400) < 60, `${second?.totals.energyJ}`);
});

test('a process that gives its GPU back stays one run, to its own end', async () => {
  const { sampler, queries, holders, live, start, end } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(7);
  const attach = { anchor: 'process', pid: 7, command: '', cwd: '', origin: 'attach' } as const;
  await sampler.follow({ ...attach, followId: 'first' });
  await live(5_000);
  holders.pop();
  await live(20_000);
  assert.equal(queries.list(5)[0]?.state, 'live');
  end(7);
  await live(2_500);
  const [run, ...others] = queries.list(5);
  assert.deepEqual([others.length, run?.state], [0, 'ended']);
  assert.ok(Math.abs((run?.durationMs ?? 0) - 25_000) < 300, `${run?.durationMs}`);
});
