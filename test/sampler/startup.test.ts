import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { maxMessageBytes, samplerProtocolVersion } from '../../contracts/samplerProtocol.ts';
import { connectRunningSampler, connectSampler, SamplerUnavailableError } from '../../sampler/connect.ts';
import { createPeer } from '../../sampler/protocol/peer.ts';
import {
  endPid,
  followOf,
  isAlive,
  makePlace,
  needsPython,
  type Place,
  python,
  samplerMain,
  until,
} from './samplerHarness.ts';

const client = { name: 'test', version: '0' };
const socketOf = (place: Place): string => join(place.folder, 'run', 'perjoule', 'sampler.sock');

function dial(place: Place): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketOf(place));
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.on('error', () => undefined);
  });

test('five clients that start at once end connected to one sampler', async (context) => {
  const place = makePlace(context);
  const connected = await Promise.all(Array.from({ length: 5 }, () => place.connect()));
  assert.equal(new Set(connected.map(({ hello }) => hello.pid)).size, 1);
  assert.equal(connected[0]?.hello.protocol, samplerProtocolVersion);
});

test('the socket and its folder belong to the user alone, and the sampler leads its own session', async (context) => {
  const place = makePlace(context);
  const { hello } = await place.connect();
  assert.equal(statSync(join(place.folder, 'run', 'perjoule')).mode & 0o777, 0o700);
  assert.equal(statSync(socketOf(place)).mode & 0o777, 0o600);
  if (process.platform !== 'linux') return;
  const fields = readFileSync(`/proc/${hello.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  assert.equal(Number(fields[3]), hello.pid);
});

test('it ends a moment after the last client, and a new one starts', async (context) => {
  const place = makePlace(context);
  const first = await place.connect();
  first.close();
  await until('the sampler to end', () => !isAlive(first.hello.pid));
  const second = await place.connect();
  assert.notEqual(second.hello.pid, first.hello.pid);
});

test('a killed sampler leaves its socket; the next one takes it over, also when three ask for it', async (context) => {
  const place = makePlace(context);
  const first = await place.connect();
  let noticed = false;
  first.onClose(() => {
    noticed = true;
  });
  endPid(first.hello.pid);
  await until('the client to notice', () => noticed);
  assert.ok(existsSync(socketOf(place)));
  const next = await Promise.all([place.connect(), place.connect(), place.connect()]);
  assert.equal(new Set(next.map(({ hello }) => hello.pid)).size, 1);
  assert.notEqual(next[0]?.hello.pid, first.hello.pid);
});

test('no sampler is started by a client that only looks for one', async (context) => {
  const place = makePlace(context);
  assert.equal(await connectRunningSampler({ client, environment: place.environment }), null);
});

test('a client of another protocol gets the number, and nothing else works', async (context) => {
  const place = makePlace(context);
  await place.connect();
  const peer = createPeer(await dial(place));
  peer.listen();
  const hello = await peer.sendRequest('hello', { protocol: 999, client, token: null, settings: null });
  assert.equal((hello as { protocol: number }).protocol, samplerProtocolVersion);
  await assert.rejects(peer.sendRequest('listRuns', { limit: 1 }), /hello/);
});

test('a sampler of another protocol is told as such', async (context) => {
  const place = makePlace(context);
  mkdirSync(join(place.folder, 'run', 'perjoule'), { mode: 0o700 });
  const server = createServer((socket) => {
    const peer = createPeer(socket);
    peer.onRequest('hello', () => ({
      protocol: 2,
      version: '9.0.0',
      pid: 1,
      store: { kind: 'durable', path: null, reason: null },
    }));
    peer.listen();
  });
  await new Promise<void>((resolve) => server.listen(socketOf(place), resolve));
  context.after(() => server.close());
  await assert.rejects(
    place.connect(),
    (error) =>
      error instanceof SamplerUnavailableError &&
      error.reason === 'otherProtocol' &&
      error.message.includes('9.0.0'),
  );
});

test('malformed and oversized messages end that connection only', async (context) => {
  const place = makePlace(context);
  const good = await place.connect();
  const bad = [
    'GET / HTTP/1.1\r\n\r\n',
    `Content-Length: ${maxMessageBytes + 1}\r\n\r\n{`,
    'Content-Length: 9999999999\r\n\r\n{',
    'Content-Length: -5\r\n\r\n',
    'Content-Length: 4\r\n\r\nnope',
    'Content-Length: 2\r\n\r\n[]',
    'Content-Length: 4\r\n\r\nnull',
    `X: ${'y'.repeat(5000)}`,
  ];
  for (const text of bad) {
    const socket = await dial(place);
    const gone = closed(socket);
    socket.write(text);
    await gone;
  }
  assert.ok(Array.isArray(await good.request('listRuns', { limit: 1 })));
});

test('a request before hello, and one with nonsense for parameters, are answered with an error', async (context) => {
  const place = makePlace(context);
  const good = await place.connect();
  const peer = createPeer(await dial(place));
  peer.listen();
  await assert.rejects(peer.sendRequest('deleteRun', { runId: 'x' }), /hello/);
  await assert.rejects(good.request('totals', { runId: 'none', fromMs: 0, toMs: 1 }), /no such run/);
  assert.equal(await good.request('getRun', { runId: 'none' }), null);
});

test('a folder that others may enter, or a link in its place, is refused', async (context) => {
  const open = makePlace(context);
  const folder = join(open.folder, 'run', 'perjoule');
  mkdirSync(folder, { mode: 0o755 });
  chmodSync(folder, 0o755);
  const refused = (error: unknown): boolean =>
    error instanceof SamplerUnavailableError && error.reason === 'unsafeFolder';
  await assert.rejects(open.connect(), refused);
  const linked = makePlace(context);
  mkdirSync(join(linked.folder, 'elsewhere'), { mode: 0o700 });
  symlinkSync(join(linked.folder, 'elsewhere'), join(linked.folder, 'run', 'perjoule'));
  await assert.rejects(linked.connect(), refused);
});

test('another user of the machine gets nowhere', {
  skip: process.getuid?.() === 0 ? false : 'only root can become another user',
}, async (context) => {
  const place = makePlace(context);
  await place.connect();
  // The folder above is private as well, on purpose of its maker; here only our own is to hold.
  chmodSync(place.folder, 0o755);
  chmodSync(join(place.folder, 'run'), 0o755);
  const dialling = `require('node:net').createConnection(${JSON.stringify(socketOf(place))})
    .once('connect', () => process.exit(7)).once('error', (error) => { console.log(error.code); process.exit(0); });`;
  const asUser = (uid: number) =>
    spawnSync(process.execPath, ['-e', dialling], { uid, gid: uid, cwd: '/', encoding: 'utf8' });
  assert.deepEqual([asUser(65_534).status, asUser(65_534).stdout.trim()], [0, 'EACCES']);
  assert.equal(asUser(0).status, 7);
});

test('the Node binary that started it is removed: the run goes on and ends', {
  skip: process.platform === 'linux' ? false : 'a running program can be removed on Linux',
}, async (context) => {
  const place = makePlace(context);
  place.fake.control({ powerW: 300 });
  const runtimePath = join(place.folder, 'node');
  copyFileSync(process.execPath, runtimePath);
  const first = await connectSampler({
    samplerPath: samplerMain,
    runtimePath,
    client,
    environment: place.environment,
    settings: { rateHz: 10, nvidiaSmiPath: place.fake.path },
  });
  place.owns(first.hello.pid);
  assert.equal(readlinkSync(`/proc/${first.hello.pid}/exe`), runtimePath);
  const child = place.start('sleep', ['6']);
  place.fake.control({ pids: [child.pid] });
  const follow = followOf(child.pid);
  const { runId } = await first.request('follow', follow);
  assert.ok(runId !== null);
  rmSync(runtimePath);
  first.close();
  const second = await place.connect({ nvidiaSmi: true });
  assert.equal(second.hello.pid, first.hello.pid);
  const ended = await until('the run to end', async () => {
    const run = await second.request('getRun', { runId });
    return run?.state === 'ended' ? run : null;
  });
  assert.equal(ended.devices.length, 1);
  assert.ok((ended.totals.energyJ ?? 0) > 300, `${ended.totals.energyJ}`);
  assert.deepEqual(ended.gaps, []);
});

test('a sampler that cannot start is told with its last words', async (context) => {
  const place = makePlace(context);
  const broken = join(place.folder, 'broken.mjs');
  writeFileSync(broken, "process.stderr.write('it is broken\\n'); process.exit(1);\n");
  await assert.rejects(
    connectSampler({ samplerPath: broken, client, environment: place.environment }),
    (error) => error instanceof SamplerUnavailableError && /it is broken/.test(error.message),
  );
  await assert.rejects(
    connectSampler({
      samplerPath: samplerMain,
      runtimePath: '/nowhere/node',
      client,
      environment: place.environment,
    }),
    SamplerUnavailableError,
  );
});

test('a run goes on without clients', { skip: needsPython }, async (context) => {
  const place = makePlace(context);
  const first = await place.connect();
  const child = place.start(python ?? '', ['-c', 'import time; time.sleep(3)']);
  const follow = followOf(child.pid);
  const { runId } = await first.request('follow', follow);
  assert.ok(runId !== null);
  first.close();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const second = await place.connect();
  assert.equal(second.hello.pid, first.hello.pid);
  await until('the run to end', async () => (await second.request('getRun', { runId }))?.state === 'ended');
});
