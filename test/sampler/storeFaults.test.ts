import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { RunStore } from '../../sampler/store/runStore.ts';
import { storeFolder } from '../../sampler/store/storePlace.ts';
import { bareRun } from '../../sampler/testing/bareRun.ts';
import { makePlace, needsPython, python, untilRun } from './samplerHarness.ts';

function freshFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pj-store-'));
  context.after(() => {
    // A small disk may be mounted there.
    if (process.platform === 'linux') spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const stage = (store: RunStore, runId: string, number: number): void =>
  store.stageRun({ detail: bareRun(runId, { number }), clockZeroMs: 1_700_000_000_000, processStart: 'x' });

/** Eight GPUs, ten readings each. */
function addSecond(store: RunStore, second: number): void {
  for (let gpu = 0; gpu < 8; gpu += 1)
    for (let at = 0; at < 10; at += 1)
      store.addSample(`gpu/${gpu}`, {
        timeMs: second * 1000 + at * 100,
        values: {
          powerW: 300 + Math.random() * 100,
          utilization: Math.random(),
          smClockMHz: 1980,
          temperatureC: 40,
        },
      });
}

test('a disk that is really full: what waits is kept in memory and written when there is room', (context) => {
  const mount = freshFolder(context);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', mount]).status === 0;
  if (!mounted) {
    context.skip('mounting a small disk is not permitted here; the forced one below covers the branch');
    return;
  }
  const store = new RunStore(sqlite, { XDG_STATE_HOME: mount, HOME: mount });
  const states: string[] = [];
  store.onStateChanged = (state) => states.push(state.kind);
  stage(store, 'a', 1);
  const zero = 1_700_000_000;
  let second = 0;
  for (; second < 4000 && !states.includes('memory'); second += 1) {
    addSecond(store, zero + second);
    store.flush((zero + second + 1) * 1000);
  }
  assert.ok(states.includes('memory'), `full after ${second} s`);
  assert.match(store.state.reason ?? '', /disk is full/i);
  for (let more = 0; more < 30; more += 1, second += 1) {
    addSecond(store, zero + second);
    store.flush((zero + second + 1) * 1000);
  }
  const read = (): number =>
    store.read('a', ['gpu/0'], zero * 1000, (zero + second) * 1000).get('gpu/0')?.length ?? 0;
  assert.equal(read(), second * 10);
  spawnSync('mount', ['-o', 'remount,size=30m', mount]);
  store.flush((zero + second + 20) * 1000);
  assert.equal(store.state.kind, 'durable');
  assert.equal(read(), second * 10);
  store.close();
  const again = new RunStore(sqlite, { XDG_STATE_HOME: mount, HOME: mount });
  assert.equal(
    again.read('a', ['gpu/0'], zero * 1000, (zero + second) * 1000).get('gpu/0')?.length,
    second * 10,
  );
  again.close();
});

test('a full disk, forced: the reserve is given up first', (context) => {
  const folder = freshFolder(context);
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const store = new RunStore(sqlite, environment);
  const reserve = join(storeFolder(environment), 'reserve');
  assert.ok(existsSync(reserve));
  store.limitPagesForTest(40);
  const zero = 1_700_000_000;
  for (let second = 0; second < 300; second += 1) {
    addSecond(store, zero + second);
    store.flush((zero + second + 1) * 1000);
  }
  assert.equal(store.state.kind, 'memory');
  assert.equal(existsSync(reserve), false);
  assert.equal(store.read('a', ['gpu/3'], 0, Number.MAX_SAFE_INTEGER / 2).get('gpu/3')?.length, 3000);
  store.limitPagesForTest(100_000);
  store.flush((zero + 400) * 1000);
  assert.equal(store.state.kind, 'durable');
  store.close();
});

test('a home that cannot be written: runs are measured, kept in memory, and the state says why', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { XDG_STATE_HOME: '/proc/nowhere', HOME: '/proc/nowhere' });
  const client = await place.connect();
  assert.equal(client.hello.store.kind, 'memory');
  assert.match(client.hello.store.reason ?? '', /not kept/);
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(1)']);
  await client.request('follow', {
    followId: 'f',
    anchor: 'process',
    pid: child.pid,
    command: 'x',
    cwd: '/',
    origin: 'cli',
  });
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.ok(run.notices.some(({ id }) => id === 'notStored'));
});

test('a home on a network file system: no write-ahead log, and one writer', (context) => {
  const folder = freshFolder(context);
  const environment = { XDG_STATE_HOME: folder, HOME: folder, PERJOULE_NETWORK_STORE: '1' };
  const store = new RunStore(sqlite, environment);
  assert.equal(store.state.kind, 'durable');
  stage(store, 'a', 1);
  addSecond(store, 1_700_000_000);
  store.flush(1_700_000_010_000);
  assert.deepEqual(
    readdirSync(storeFolder(environment)).filter((name) => /-(wal|shm)$/.test(name)),
    [],
  );
  const other = new RunStore(sqlite, environment);
  assert.notEqual(other.state.kind, 'durable');
  assert.match(other.state.reason ?? '', /another sampler/);
  other.close();
  store.close();
  const next = new RunStore(sqlite, environment);
  assert.equal(next.state.kind, 'durable');
  assert.equal(next.list(5).length, 1);
  next.close();
});

test('a damaged store is moved aside, never deleted, and a new one is used', (context) => {
  const folder = freshFolder(context);
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const place = storeFolder(environment);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'runs.db'), 'this is no database, '.repeat(1000));
  const store = new RunStore(sqlite, environment);
  assert.equal(store.state.kind, 'durable');
  assert.match(store.state.reason ?? '', /moved to/);
  const aside = readdirSync(place).find((name) => name.startsWith('runs.db.damaged-'));
  assert.ok(aside !== undefined);
  assert.match(readFileSync(join(place, aside), 'utf8'), /this is no database/);
  stage(store, 'a', 1);
  store.flush(1_700_000_010_000);
  assert.equal(store.list(5).length, 1);
  store.close();
});

test('damage that shows while it is used: moved aside, and recording goes on', (context) => {
  const folder = freshFolder(context);
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const first = new RunStore(sqlite, environment);
  for (let second = 0; second < 130; second += 1) {
    addSecond(first, 1_700_000_000 + second);
    first.flush((1_700_000_001 + second) * 1000);
  }
  first.close();
  const path = join(storeFolder(environment), 'runs.db');
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096 * 3);
  writeFileSync(path, bytes);
  const store = new RunStore(sqlite, environment);
  for (let second = 200; second < 330; second += 1) {
    addSecond(store, 1_700_000_000 + second);
    stage(store, 'a', 1);
    store.flush((1_700_000_001 + second) * 1000);
  }
  assert.match(store.state.reason ?? '', /damaged/);
  assert.equal(store.state.kind, 'durable');
  assert.equal(store.list(5).length, 1);
  store.close();
});

test('a store of a newer version is read and left as it is; new runs live in memory', (context) => {
  const folder = freshFolder(context);
  const environment = { XDG_STATE_HOME: folder, HOME: folder };
  const store = new RunStore(sqlite, environment);
  stage(store, 'old', 7);
  store.flush(1_700_000_010_000);
  store.close();
  const path = join(storeFolder(environment), 'runs.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const before = readFileSync(path);
  const newer = new RunStore(sqlite, environment);
  assert.equal(newer.state.kind, 'readOnly');
  assert.equal(newer.get('old')?.detail.number, 7);
  assert.equal(newer.nextRunNumber(), 8);
  stage(newer, 'new', 8);
  newer.flush(1_700_000_010_000);
  assert.deepEqual(
    newer.list(5).map(({ runId }) => runId),
    ['new', 'old'],
  );
  newer.close();
  assert.deepEqual(readFileSync(path), before);
});

test('the store lies in a folder of this host', () => {
  const folder = storeFolder({ XDG_STATE_HOME: '/x', HOME: '/y' });
  assert.ok(folder.startsWith(join('/x', 'perjoule')));
  assert.ok(folder.endsWith(hostname().replaceAll(/[^\w.-]/g, '_')));
});
