// npm run bench:sampler [-- --seconds N]: what the whole sampler costs with 8 GPUs at 10 Hz through the stand-in library
// and the store, against a bare Node process of the same run; beside it a tool that starts a program for each sample.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectSampler } from '../../sampler/connect.ts';
import { koffiAddonPath } from '../../sampler/native/koffiAddon.ts';
import { buildBundles } from '../../tools/build/bundles.ts';
import { compileFakeNvidiaSmi, compileFakeNvml, noFakeNvml } from '../sampler/fakeNvml/compile.ts';
import { squareWave } from '../sampler/fakeNvml/powerCurve.ts';
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
};

/** Share of one core between two looks, and memory at the second. */
async function measure(pids: readonly number[]): Promise<{ cores: number; residentBytes: number }[]> {
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

try {
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const sleeper = start(process.execPath, ['-e', `setTimeout(() => {}, ${(2 * seconds + 120) * 1000})`]);
  const lines = Array.from({ length: gpus }, (_, index) => [
    `device window=100 limit=700 uuid=GPU-bench-${index}`,
    `curve ${index} ${squareWave(90, 500 + 10 * index, 900 + 130 * index).text}`,
    `process ${index} ${sleeper}`,
  ]);
  writeFileSync(
    script,
    `${lines.flatMap(([device]) => device ?? '').join('\n')}\n${lines.flatMap(([, ...rest]) => rest).join('\n')}\n`,
  );

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
  await pause(settleMs);
  const [reading] = await measure([client.hello.pid]);
  await client.request('subscribe', { live: false });
  const { runId } = await client.request('follow', {
    followId: 'bench',
    anchor: 'process',
    pid: sleeper,
    command: 'node',
    cwd: folder,
    origin: 'cli',
  });
  const bare = start(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await pause(settleMs);
  const fromBytes = sizeOf(join(folder, 'state'));
  const [sampler, node] = await measure([client.hello.pid, bare]);
  const storedBytes = sizeOf(join(folder, 'state')) - fromBytes;
  const run = runId === null ? null : await client.request('getRun', { runId });
  if (reading === undefined || sampler === undefined || node === undefined || run === null)
    throw new Error('nothing was measured');
  if (run.devices.length !== gpus) throw new Error(`the run has ${run.devices.length} GPUs`);
  client.close();

  // A program for each sample, as tools do that have no library.
  const program = compileFakeNvidiaSmi();
  const spawner = `const { spawnSync } = require('node:child_process');
    setInterval(() => spawnSync(${JSON.stringify(program)}), ${1000 / rateHz});`;
  const [spawning] = await measure([start(process.execPath, ['-e', spawner])]);
  if (spawning === undefined) throw new Error('nothing was measured');

  const above = sampler.residentBytes - node.residentBytes;
  const held = { cores: sampler.cores <= coreLimit, memory: above <= memoryLimitBytes };
  console.log(
    `${gpus} GPUs at ${rateHz} Hz for ${seconds} s, one run followed and stored; the library is a stand-in, so the driver's own time is not in it.`,
  );
  console.log(`readings alone         ${percent(reading.cores)}, no run followed`);
  console.log(
    `sampler and store      ${percent(sampler.cores)} (limit ${percent(coreLimit)}: ${held.cores ? 'holds' : 'MISSED'})`,
  );
  console.log(
    `  memory               ${megabytes(sampler.residentBytes)}, ${megabytes(above)} above a bare Node process of ${megabytes(node.residentBytes)} (limit ${megabytes(memoryLimitBytes)}: ${held.memory ? 'holds' : 'MISSED'})`,
  );
  console.log(
    `  store                grew by ${(storedBytes / 1024).toFixed(0)} KiB, ${(storedBytes / (gpus * rateHz * seconds)).toFixed(1)} bytes a sample of all metrics (journal included)`,
  );
  console.log(
    `  coverage             ${(run.totals.coverage * 100).toFixed(1)} %, energy by ${run.totals.method}`,
  );
  console.log(
    `a program per sample   ${percent(spawning.cores)}, as small as can be: the real one costs more; ${(spawning.cores / sampler.cores).toFixed(1)} × the sampler`,
  );
  process.exitCode = held.cores && held.memory ? 0 : 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  await pause(500);
  rmSync(folder, { recursive: true, force: true });
}
