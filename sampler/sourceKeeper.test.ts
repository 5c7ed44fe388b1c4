import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceKeeper } from './sourceKeeper.ts';
import type {
  DeviceReading,
  PowerSource,
  SourceDevice,
  SourceDoor,
  SourceSession,
} from './sources/source.ts';

const options = { rateHz: 10, nvidiaSmiPath: null };

function fakeDoor(): { door: SourceDoor; pass(ms: number): Promise<void> } {
  let nowMs = 0;
  const unused = (): never => {
    throw new Error('not used');
  };
  return {
    door: {
      nowMs: () => nowMs,
      run: unused,
      stream: unused,
      findProgram: unused,
      readNew: unused,
      append: unused,
    },
    async pass(ms) {
      nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const device = (uuid: string): SourceDevice => ({
  uuid,
  index: 0,
  name: uuid,
  vendor: 'nvidia',
  memoryTotalBytes: null,
  powerLimitW: null,
  powerQuality: 'instant',
  hasEnergyCounter: false,
  band: 0.07,
});

/** A source whose session can be told to fail, and which counts how often it was opened. */
function fakeSource(id: string): PowerSource & { opened: number; broken: boolean; lost: boolean } {
  const source = {
    id,
    label: id,
    simulated: false,
    opened: 0,
    broken: false,
    lost: false,
    async open() {
      source.opened += 1;
      const status = { id, label: id, reason: null, detail: 'x', remedy: null, deviceCount: 1 };
      if (source.lost)
        return { status: { ...status, state: 'notFound' as const, deviceCount: 0 }, session: null };
      const session: SourceSession = {
        devices: [device(id)],
        read(): readonly DeviceReading[] {
          if (source.broken) throw new Error('it broke');
          return source.lost ? [] : [{ uuid: id, timeMs: 1, powerW: 1 }];
        },
        processes: () => null,
        lost: () => (source.lost ? { reason: 'lost', detail: 'gone' } : null),
        close: () => undefined,
      };
      return { status: { ...status, state: 'found' as const }, session };
    },
  };
  return source;
}

test('a source that throws is lost alone; the others are read on', async () => {
  const { door, pass } = fakeDoor();
  const good = fakeSource('good');
  const bad = fakeSource('bad');
  const keeper = new SourceKeeper([bad, good], door, options);
  keeper.read();
  await pass(1);
  assert.equal(keeper.read().length, 2);
  bad.broken = true;
  assert.deepEqual(
    keeper.read().map(({ uuid }) => uuid),
    ['good'],
  );
  const [status] = keeper.statuses();
  assert.equal(status?.state, 'lost');
  assert.equal(status?.reason, 'badOutput');
  assert.equal(keeper.lostReason('bad'), 'badOutput');
  assert.equal(keeper.lostReason('good'), null);
  assert.equal(keeper.devices().length, 2);
  assert.ok(keeper.costs().every(({ reads }) => reads > 0));
});

test('what is lost is asked again after 1, 2, 4 … 60 s, and after that from the start again', async () => {
  const { door, pass } = fakeDoor();
  const source = fakeSource('gpu');
  const keeper = new SourceKeeper([source], door, options);
  const changes: string[] = [];
  keeper.onChanged = (statuses) => changes.push(statuses[0]?.state ?? '');
  keeper.read();
  await pass(1);
  keeper.read();
  source.lost = true;
  keeper.read();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = source.opened;
    let waited = 0;
    while (source.opened === before) {
      await pass(500);
      waited += 500;
      keeper.read();
    }
    await pass(0);
    waits.push(waited);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  source.lost = false;
  await pass(60_000);
  keeper.read();
  await pass(0);
  assert.equal(keeper.read().length, 1);
  // The second says what the failed attempt said.
  assert.deepEqual(changes, ['found', 'lost', 'lost', 'found']);
});

test('devices that come while a source stays open are there', async () => {
  const { door, pass } = fakeDoor();
  let devices: readonly SourceDevice[] = [device('one')];
  const source = fakeSource('cluster');
  const open: PowerSource['open'] = async (...asked) => {
    const opened = await source.open(...asked);
    if (opened.session === null) return opened;
    const session: SourceSession = {
      ...opened.session,
      get devices() {
        return devices;
      },
    };
    return { ...opened, session };
  };
  const keeper = new SourceKeeper([{ ...source, open }], door, options);
  keeper.read();
  await pass(1);
  keeper.read();
  assert.equal(keeper.devices().length, 1);
  devices = [...devices, device('two')];
  keeper.read();
  assert.deepEqual(
    keeper.devices().map(({ device: { uuid } }) => uuid),
    ['one', 'two'],
  );
});

test('sources that stand in for each other in a row: one at a time, the best that can be opened', async () => {
  const { door, pass } = fakeDoor();
  const best = fakeSource('best');
  const middle = Object.assign(fakeSource('middle'), { standsInFor: 'best' });
  const last = Object.assign(fakeSource('last'), { standsInFor: 'middle' });
  best.lost = true;
  middle.lost = true;
  const keeper = new SourceKeeper([best, middle, last], door, options);
  const read = async (ms: number): Promise<readonly string[]> => {
    for (let round = 0; round < 4; round += 1) {
      keeper.read();
      await pass(ms / 4);
    }
    return keeper.read().map(({ uuid }) => uuid);
  };
  assert.deepEqual(await read(40), ['last']);
  best.lost = false;
  assert.deepEqual(await read(4000), ['best']);
  assert.deepEqual(
    keeper.statuses().map(({ id }) => id),
    ['best'],
  );
  keeper.close();
});

test('a stand-in with ids of its own: one device is never there twice', async () => {
  const { door, pass } = fakeDoor();
  const best = fakeSource('best');
  const middle = Object.assign(fakeSource('middle'), { standsInFor: 'best' });
  const last = Object.assign(fakeSource('last'), { standsInFor: 'middle', ownIds: true as const });
  best.lost = true;
  middle.lost = true;
  const keeper = new SourceKeeper([best, middle, last], door, options);
  const after = async (ms: number): Promise<{ readonly read: string[]; readonly listed: string[] }> => {
    for (let round = 0; round < 4; round += 1) {
      keeper.read();
      await pass(ms / 4);
    }
    const read = keeper.read().map(({ uuid }) => uuid);
    return { read, listed: keeper.devices().map(({ device: { uuid } }) => uuid) };
  };
  assert.deepEqual(await after(40), { read: ['last'], listed: ['last'] });
  best.lost = false;
  assert.deepEqual(await after(4000), { read: ['best'], listed: ['best'] });
  // A run that held the one that is gone does not wait for it.
  assert.equal(keeper.lostReason('last'), null);
  best.lost = true;
  assert.deepEqual(await after(60_000), { read: [], listed: ['best'] });
  assert.equal(last.opened, 1);
  best.lost = false;
  assert.deepEqual(await after(60_000), { read: ['best'], listed: ['best'] });
  keeper.close();
});
