// npm run bench:sampler [-- --seconds N]: what the whole sampler costs with 8 GPUs at 10 Hz through the stand-in library
// and the store, a panel watching, against bare Node processes of the same run; beside it a tool that starts a program
// for each sample. Two runs are followed after each other: a process that sleeps, and one that loads data in each step.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunDetail } from '../../contracts/runs.ts';
import { connectSampler, type SamplerClient } from '../../sampler/connect.ts';
import { koffiAddonPath } from '../../sampler/native/koffiAddon.ts';
import { buildBundles } from '../../tools/build/bundles.ts';
import { compileFakeNvidiaSmi, compileFakeNvml, noFakeNvml } from '../sampler/fakeNvml/compile.ts';
import { squareWave } from '../sampler/fakeNvml/powerCurve.ts';
import { machineContention } from './contention.ts';
import { type Usage, usageOf } from './usage.ts';

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(options.seconds);
const gpus = 8;
const rateHz = 10;
const coreLimit = 0.01;
const memoryLimitBytes = 45e6;
/** For start-up and the first passes of the optimising compiler. */
const settleMs = 10_000;

if (noFakeNvml !== false) {
  console.log(`not run: ${noFakeNvml}`);
  process.exit(0);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const folder = mkdtempSync(join(tmpdir(), 'pj-bench-'));
const children: ChildProcess[] = [];

function start(program: string, args: readonly string[]): number {
  const child = spawn(program, args, { stdio: 'ignore', env });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${program} could not be started`);
  return child.pid;
}

const script = join(folder, 'script');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  XDG_RUNTIME_DIR: join(folder, 'run'),
  XDG_STATE_HOME: join(folder, 'state'),
  PERJOULE_NVML: compileFakeNvml(),
  PERJOULE_FAKE_NVML: script,
  // As the sampler has (main.ts); the others use none.
  UV_THREADPOOL_SIZE: '2',
};

interface Cost {
  readonly cores: number;
  readonly residentBytes: number;
}

/** Share of one core between two looks, and memory at the second. */
async function measure(pids: readonly number[]): Promise<Cost[]> {
  const before = pids.map(usageOf);
  const fromMs = performance.now();
  await pause(seconds * 1000);
  const elapsed = (performance.now() - fromMs) / 1000;
  return pids.map((pid, index) => {
    const after: Usage = usageOf(pid);
    const cores = (after.cpuSeconds - (before[index]?.cpuSeconds ?? 0)) / elapsed;
    return { cores, residentBytes: after.residentBytes };
  });
}

const percent = (cores: number): string => `${(cores * 100).toFixed(2)} % of a core`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Bytes in a folder. */
const sizeOf = (path: string): number =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

/** A step a fifth of a second, the first part of it reading: its main thread is worth close looks all the time. */
const loading = `const { openSync, readSync } = require('node:fs');
  const file = openSync(process.execPath, 'r');
  const into = Buffer.alloc(65536);
  setInterval(() => { for (let item = 0; item < 20; item += 1) readSync(file, into, 0, into.length, item * 65536); }, 200);`;
const sleeping = 'setInterval(() => {}, 3_600_000);';
/** Nothing but power and the counter of each GPU, on two threads at the rate: no figure, no store, no client. */
const bareCalls = `const koffi = require(${JSON.stringify(koffiAddonPath())});
  koffi.config({ resident_async_pools: 24, async_stack_size: 65536, async_heap_size: 16384 });
  const library = koffi.load(${JSON.stringify(env['PERJOULE_NVML'])});
  library.func('int nvmlInit_v2()')();
  const handleOf = library.func('int nvmlDeviceGetHandleByIndex_v2(uint32_t index, void *h)');
  const fields = library.func('int nvmlDeviceGetFieldValues(void *h, int count, void *values)');
  const gpus = Array.from({ length: ${gpus} }, (_, index) => {
    const found = Buffer.alloc(8);
    handleOf(index, found);
    const values = Buffer.alloc(120);
    [186, 185, 83].forEach((field, at) => values.writeUInt32LE(field, at * 40));
    return { handle: found.readBigUInt64LE(), values };
  });
  const done = () => {};
  setInterval(() => gpus.forEach(({ handle, values }) => fields.async(handle, 3, values, done)), ${1000 / rateHz});`;

/** The library's answers from now on: eight GPUs that this process holds. */
function scriptFor(pid: number): void {
  const lines = Array.from({ length: gpus }, (_, index) => [
    `device window=100 limit=700 uuid=GPU-bench-${index}`,
    `curve ${index} ${squareWave(90, 500 + 10 * index, 900 + 130 * index).text}`,
    `process ${index} ${pid}`,
  ]);
  const text = [...lines.map(([device]) => device), ...lines.flatMap(([, ...rest]) => rest)].join('\n');
  writeFileSync(script, `${text}\n`);
}

interface Followed {
  readonly sampler: Cost;
  readonly run: RunDetail;
}

/** Follows a process of this source and measures; the process is ended afterwards. */
async function follow(client: SamplerClient, source: string): Promise<Followed> {
  const pid = start(process.execPath, ['-e', source]);
  scriptFor(pid);
  const { runId } = await client.request('follow', {
    followId: `bench ${pid}`,
    anchor: 'process',
    pid,
    command: 'node',
    cwd: folder,
    origin: 'cli',
  });
  await pause(settleMs);
  const [sampler] = await measure([client.hello.pid]);
  const run = runId === null ? null : await client.request('getRun', { runId });
  if (sampler === undefined || run === null) throw new Error('nothing was measured');
  if (run.devices.length !== gpus) throw new Error(`the run has ${run.devices.length} GPUs`);
  process.kill(pid, 'SIGKILL');
  await pause(3_000);
  return { sampler, run };
}

try {
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  scriptFor(0);
  const dist = join(folder, 'dist');
  await buildBundles({ folder: dist, minify: true });
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}');
  // A bundle outside the checkout finds the native part beside itself, as in a package for one platform.
  const native = koffiAddonPath();
  if (native !== null) cpSync(native, join(dist, 'koffi.node'));

  const client = await connectSampler({
    samplerPath: join(dist, 'sampler.js'),
    client: { name: 'bench', version: '0' },
    environment: env,
    settings: { rateHz, nvidiaSmiPath: join(folder, 'none') },
  });
  const [source] = await client.request('sources', null);
  if (source?.id !== 'nvml' || source.deviceCount !== gpus)
    throw new Error(`no GPUs: ${JSON.stringify(source)}`);
  await client.request('subscribe', { live: true });
  const bare = start(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  // Nothing but waking up, as often as the sampler does: what any program of this kind costs on this machine now.
  const timers = [rateHz, 60].map((hz) =>
    start(process.execPath, ['-e', `setInterval(() => {}, ${1000 / hz})`]),
  );
  const calls = start(process.execPath, ['-e', bareCalls]);
  await pause(settleMs);
  const [reading, node, atRate, atLooks, calling] = await measure([client.hello.pid, bare, ...timers, calls]);
  if (!reading || !node || !atRate || !atLooks || !calling) throw new Error('nothing was measured');
  for (const pid of [...timers, calls]) process.kill(pid, 'SIGKILL');
  const fromBytes = sizeOf(join(folder, 'state'));
  const asleep = await follow(client, sleeping);
  const storedBytes = sizeOf(join(folder, 'state')) - fromBytes;
  const loads = await follow(client, loading);
  client.close();

  // A program for each sample, as tools do that have no library.
  const program = compileFakeNvidiaSmi();
  const spawner = `const { spawnSync } = require('node:child_process');
    setInterval(() => spawnSync(${JSON.stringify(program)}), ${1000 / rateHz});`;
  const [spawning] = await measure([start(process.execPath, ['-e', spawner])]);
  if (spawning === undefined) throw new Error('nothing was measured');

  const contention = machineContention();
  const verdict = (holds: boolean): string =>
    holds ? 'holds' : contention.busy ? `not decided, ${contention.text}` : 'MISSED';
  const above = loads.sampler.residentBytes - node.residentBytes;
  const coresHold = Math.max(asleep.sampler.cores, loads.sampler.cores) <= coreLimit;
  const memoryHolds = above <= memoryLimitBytes;
  console.log(
    `${gpus} GPUs at ${rateHz} Hz for ${seconds} s, one run followed and stored, one panel; the library is a stand-in, so the driver's own time is not in it.`,
  );
  console.log(
    `a bare timer           ${percent(atRate.cores)} at ${rateHz} Hz, ${percent(atLooks.cores)} at 60 Hz: waking up alone, in the same run`,
  );
  console.log(
    `the bare calls         ${percent(calling.cores)}: power and counter of each GPU on two threads, nothing else`,
  );
  console.log(`readings alone         ${percent(reading.cores)}, no run followed`);
  console.log(`run that sleeps        ${percent(asleep.sampler.cores)}, store and panel included`);
  console.log(
    `run that loads         ${percent(loads.sampler.cores)} (limit for both ${percent(coreLimit)}: ${verdict(coresHold)})`,
  );
  console.log(
    `  memory               ${megabytes(loads.sampler.residentBytes)}, ${megabytes(above)} above a bare Node process of ${megabytes(node.residentBytes)} (limit ${megabytes(memoryLimitBytes)}: ${memoryHolds ? 'holds' : 'MISSED'})`,
  );
  console.log(
    `  store                grew by ${(storedBytes / 1024).toFixed(0)} KiB, journal included; npm run bench:store for a day of it`,
  );
  console.log(
    `  coverage             ${(asleep.run.totals.coverage * 100).toFixed(1)} % and ${(loads.run.totals.coverage * 100).toFixed(1)} %, energy by ${loads.run.totals.method}`,
  );
  console.log(
    `a program per sample   ${percent(spawning.cores)}, as small as can be: the real one costs more; ${(spawning.cores / loads.sampler.cores).toFixed(1)} × the sampler`,
  );
  process.exitCode = (coresHold || contention.busy) && memoryHolds ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await pause(500);
  rmSync(folder, { recursive: true, force: true });
}
