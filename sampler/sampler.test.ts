import assert from 'node:assert/strict';
import * as sqlite from 'node:sqlite';
import { test } from 'node:test';
import type { LiveUpdate } from '../contracts/samplerProtocol.ts';
import { SamplerClock } from './clock.ts';
import type { ProcessInfo, ProcessTable } from './processes/processTable.ts';
import { RunQueries } from './runQueries.ts';
import { Sampler } from './sampler.ts';
import { SourceKeeper } from './sourceKeeper.ts';
import type {
  DeviceProcess,
  DeviceReading,
  PowerSource,
  SourceDevice,
  SourceDoor,
} from './sources/source.ts';
import { RunStore } from './store/runStore.ts';

/** A machine by hand: time, processes, and two GPUs at 200 W that are read every 100 ms. */
function machine() {
  const time = { monotonicMs: 1_000_000, wallMs: 1_795_000_000_000, bootMs: 1_000_000 };
  const bornMs = new Map<number, number>();
  const parents = new Map<number, number>();
  const holders: DeviceProcess[] = [];
  const pending: DeviceReading[] = [];
  const unused = (): never => {
    throw new Error('not used');
  };
  const door: SourceDoor = {
    nowMs: () => time.monotonicMs,
    run: unused,
    stream: unused,
    findProgram: unused,
    readNew: () => '',
    append: unused,
  };
  const look = (pid: number): ProcessInfo | null => {
    const born = bornMs.get(pid);
    return born === undefined
      ? null
      : {
          pid,
          start: `${born}`,
          parentPid: parents.get(pid) ?? 1,
          sessionId: 1,
          ageMs: time.monotonicMs - born,
        };
  };
  const table: ProcessTable = {
    supported: true,
    refresh: async () => undefined,
    mayHaveNew: () => true,
    look,
    childrenOf: (pid) => [...parents].filter(([, parent]) => parent === pid).map(([child]) => child),
    inSession: () => [],
    isAlive: ({ pid, start }) => look(pid)?.start === start,
    argumentsOf: () => ['python', 'train.py'],
    workingFolderOf: () => '/work',
    variablesOf: () => ({}),
    usageOf: () => ({ cpuMs: time.monotonicMs / 2, residentBytes: 2 ** 30 }),
    watchMainThread: () => null,
    holdsGpu: () => false,
  };
  const device = (uuid: string, index: number): SourceDevice => ({
    uuid,
    index,
    name: uuid,
    vendor: 'nvidia',
    memoryTotalBytes: null,
    powerLimitW: 700,
    powerQuality: 'instant',
    hasEnergyCounter: false,
    band: 0.07,
  });
  const source: PowerSource = {
    id: 'fake',
    label: 'fake',
    simulated: false,
    open: async () => ({
      status: {
        id: 'fake',
        label: 'fake',
        state: 'found',
        reason: null,
        detail: '',
        remedy: null,
        deviceCount: 2,
      },
      session: {
        devices: [device('a', 0), device('b', 1)],
        read: () => pending.splice(0),
        processes: () => holders,
        lost: () => null,
        close: () => undefined,
      },
    }),
  };
  const keeper = new SourceKeeper([source], door, { rateHz: 10, nvidiaSmiPath: null });
  const store = new RunStore(sqlite, { XDG_STATE_HOME: '/proc/nowhere', HOME: '/proc/nowhere' });
  const clock = new SamplerClock(
    {
      monotonicMs: () => time.monotonicMs,
      wallMs: () => time.wallMs,
      bootMs: () => time.bootMs,
      bootId: () => 'b',
    },
    null,
  );
  const updates: LiveUpdate[] = [];
  const sampler = new Sampler(
    { keeper, door, table, store, clock, rateHz: 10 },
    { runChanged: () => undefined, watched: () => true, live: (update) => updates.push(update) },
  );
  const queries = new RunQueries(store, sampler);
  const pass = (ms: number): void => {
    time.monotonicMs += ms;
    time.wallMs += ms;
    time.bootMs += ms;
  };
  return {
    sampler,
    queries,
    updates,
    holders,
    start(pid: number, parent = 1) {
      bornMs.set(pid, time.monotonicMs);
      parents.set(pid, parent);
    },
    end: (pid: number) => bornMs.delete(pid),
    sleep(ms: number) {
      time.wallMs += ms;
      time.bootMs += ms;
    },
    /** Runs the loop for so long. */
    async live(ms: number) {
      for (let passed = 0; passed < ms; passed += 100) {
        pass(100);
        for (const uuid of ['a', 'b'])
          pending.push({ uuid, timeMs: time.monotonicMs, powerW: 200, utilization: 1 });
        sampler.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

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

test('at most four updates a second, each tick in one of them only', async () => {
  const { sampler, updates, holders, live, start } = machine();
  holders.push({ uuid: 'a', pid: 7 });
  start(7);
  await sampler.follow(follow);
  await live(10_000);
  assert.ok(updates.length <= 40 && updates.length > 30, `${updates.length}`);
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
