/** A sampler of its own for each test: private folders, a fake nvidia-smi on demand, every process ended by its pid. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { RunDetail } from '../../contracts/runs.ts';
import { connectSampler, type SamplerClient } from '../../sampler/connect.ts';

export const samplerMain = fileURLToPath(new URL('../../sampler/main.ts', import.meta.url));
export const cliMain = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** The interpreter itself: a version manager's `python3` may be a shell script. */
export const python = ((): string | null => {
  const found = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : null;
})();
export const needsPython = python === null ? 'no Python on this machine' : false;

export interface Place {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly fake: FakeNvidiaSmi;
  connect(settings?: { rateHz?: number; nvidiaSmi?: boolean }): Promise<SamplerClient>;
  /** Starts a program that is ended with the test. */
  start(
    program: string,
    args: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ): ChildProcess & { readonly pid: number };
  /** Ends this pid with the test. */
  owns(pid: number): void;
}

export interface FakeNvidiaSmi {
  readonly path: string;
  /** The power limit that it was told to set, watts; null before the first. */
  limitW(): number | null;
  /** What it does from now on; a loop that runs looks each round. */
  control(next: FakeControl): void;
}

export interface FakeControl {
  readonly mode?: 'good' | 'hang' | 'garbage' | 'die' | 'absent';
  readonly name?: string;
  readonly powerW?: number;
  readonly utilization?: number;
  readonly gpus?: number;
  readonly pids?: readonly number[];
  /** As for a user who is no administrator. */
  readonly deniesLimits?: boolean;
}

const fakeSource = `
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const limitFile = __dirname + '/limit.txt';
const limit = () => (existsSync(limitFile) ? readFileSync(limitFile, 'utf8') : '700.00');
const control = () => JSON.parse(readFileSync(__dirname + '/control.json', 'utf8'));
const args = process.argv.slice(2);
const uuid = (index) => 'GPU-00000000-0000-0000-0000-00000000000' + index;
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const cells = (state, index) => ({
  index: String(index), uuid: uuid(index), name: state.name, 'memory.total': '81559',
  'power.draw.instant': state.powerW.toFixed(2), 'power.draw': state.powerW.toFixed(2),
  'utilization.gpu': String(state.utilization), 'memory.used': '1024',
  'enforced.power.limit': limit(), 'power.limit': limit(), 'power.default_limit': '700.00',
  'power.min_limit': '200.00', 'power.max_limit': '700.00', 'clocks.sm': '1980', 'temperature.gpu': '41',
});
const fields = (args.find((arg) => arg.startsWith('--query-gpu=')) || '').slice(12).split(',');
if (args.includes('-pl')) {
  const wanted = args[args.indexOf('-pl') + 1];
  if (control().deniesLimits) {
    process.stdout.write('Failed to set power management limit for GPU 00000000:00:04.0: Insufficient Permissions\\n');
    process.exit(4);
  }
  writeFileSync(limitFile, Number(wanted).toFixed(2));
  process.stdout.write('Power limit for GPU 00000000:00:04.0 was set to ' + wanted + ' W.\\nAll done.\\n');
  process.exit(0);
}
const loop = args.find((arg) => arg.startsWith('--loop-ms='));
for (;;) {
  const state = control();
  if (state.mode === 'absent') { process.stdout.write('NVIDIA-SMI has failed.\\n'); process.exit(9); }
  if (state.mode === 'die') process.exit(15);
  // Gone with its test, also where its sampler was killed.
  if (state.mode === 'hang') { while (existsSync(__filename)) sleep(200); process.exit(1); }
  if (state.mode === 'garbage') process.stdout.write('\\u0000\\u0007 not a row\\n');
  else if (args.some((arg) => arg.startsWith('--query-compute-apps')))
    process.stdout.write(state.pids.map((pid) => uuid(0) + ', ' + pid + '\\n').join(''));
  else for (let index = 0; index < state.gpus; index += 1) {
    const all = cells(state, index);
    // Each cell is flushed by itself: a reader sees half rows.
    fields.forEach((field, at) => process.stdout.write((at ? ', ' : '') + all[field]));
    process.stdout.write('\\n');
  }
  if (!loop) break;
  sleep(Number(loop.slice(10)));
}
`;

function makeFake(folder: string): FakeNvidiaSmi {
  const path = join(folder, 'nvidia-smi');
  let state = {
    name: 'NVIDIA Test GPU',
    mode: 'good',
    powerW: 300,
    utilization: 90,
    gpus: 1,
    pids: [] as readonly number[],
    deniesLimits: false,
  };
  const write = (): void => {
    // Replaced in one go: the program may read at any time.
    const control = join(folder, 'control.json');
    writeFileSync(`${control}.new`, JSON.stringify(state));
    rmSync(control, { force: true });
    writeFileSync(control, JSON.stringify(state));
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `#!${process.execPath}\n${fakeSource}`);
  chmodSync(path, 0o755);
  write();
  return {
    path,
    limitW() {
      const set = join(folder, 'limit.txt');
      return existsSync(set) ? Number(readFileSync(set, 'utf8')) : null;
    },
    control(next) {
      state = { ...state, ...next };
      write();
    },
  };
}

/** Private folders for one test; whatever was started is gone when it ends. */
export function makePlace(context: TestContext, extra: NodeJS.ProcessEnv = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'pj-'));
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    XDG_STATE_HOME: join(folder, 'state'),
    PERJOULE_GRACE_MS: '200',
    // A machine with the real driver tests what one without it does.
    PERJOULE_NVML: 'off',
    ...extra,
  };
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const fake = makeFake(join(folder, 'bin'));
  const pids = new Set<number>();
  const clients: SamplerClient[] = [];
  const children: ChildProcess[] = [];
  context.after(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    for (const client of clients) client.close();
    for (const pid of pids) endPid(pid);
    await new Promise((resolve) => setTimeout(resolve, 50));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    environment,
    fake,
    async connect(settings = {}) {
      const client = await connectSampler({
        samplerPath: samplerMain,
        client: { name: 'test', version: '0' },
        environment,
        // Other tests start theirs at the same time.
        timeoutMs: 30_000,
        settings: {
          rateHz: settings.rateHz ?? 10,
          nvidiaSmiPath: settings.nvidiaSmi ? fake.path : join(folder, 'none'),
        },
      });
      clients.push(client);
      pids.add(client.hello.pid);
      return client;
    },
    start(program, args, variables = {}) {
      const child = spawn(program, args, {
        env: { ...environment, ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
        cwd: folder,
      });
      if (child.pid === undefined) throw new Error(`${program} could not be started.`);
      children.push(child);
      return child as ChildProcess & { readonly pid: number };
    },
    owns: (pid) => pids.add(pid),
  };
}

export function endPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A dead child that nobody collected still answers.
    return process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves with the first answer that is neither null nor false; fails after a while and says for what. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | null | false> | Value | null | false,
  timeoutMs = 15_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The newest run, once it satisfies the condition. */
export function untilRun(
  client: SamplerClient,
  what: string,
  holds: (run: RunDetail) => boolean,
  timeoutMs?: number,
): Promise<RunDetail> {
  return until(
    what,
    async () => {
      const [newest] = await client.request('listRuns', { limit: 1 });
      const run = newest === undefined ? null : await client.request('getRun', { runId: newest.runId });
      return run !== null && holds(run) ? run : null;
    },
    timeoutMs,
  );
}

/** Follows this process as a run; `f` is the name of the signal. */
export const followOf = (pid: number) =>
  ({ followId: 'f', anchor: 'process', pid, command: 'x', cwd: '/', origin: 'cli' }) as const;
