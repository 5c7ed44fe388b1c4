// The demo script, run as a user runs it and as a user fixes it, with the simulated GPU attached. The figures come
// from the simulator's own truth. PERJOULE_DEMO_FULL=1 takes the script's full length and prints what it measured.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMachineDoor } from '../../machineDoor.ts';
import { openSimulated } from '../simulated.ts';
import type { DeviceReading } from '../source.ts';
import { type TruthRecord, truthPath } from './truthFile.ts';

const full = process.env['PERJOULE_DEMO_FULL'] === '1';
const demoFolder = fileURLToPath(new URL('../../../demo', import.meta.url));

/** Name of a Python 3.8 or newer; null where there is none. */
function findPython(): string | null {
  const check = 'import sys; sys.exit(0 if sys.version_info >= (3, 8) else 1)';
  return ['python3', 'python'].find((name) => spawnSync(name, ['-c', check]).status === 0) ?? null;
}
const python = findPython();

/** What the three fixes of the light bulb leave, written out by hand. */
const workers = 'num_workers=min(8, os.cpu_count() or 1), persistent_workers=True)';
const fixes: readonly (readonly [before: string, after: string])[] = [
  ['import argparse\n', 'import argparse\nimport os\n'],
  ['shuffle=True)', `shuffle=True, ${workers}`],
  ['"test"), batch_size=args.batch_size)', `"test"), batch_size=args.batch_size, ${workers}`],
  ['running_loss += loss.item()', 'running_loss += loss.detach()'],
  ['(outputs.argmax(dim=1) == labels).sum().item()', '(outputs.argmax(dim=1) == labels).sum()'],
  [
    '\n        accuracy = evaluate(',
    '        running_loss = float(running_loss)\n        correct = int(correct)\n\n        accuracy = evaluate(',
  ],
  ['def evaluate(', '@torch.no_grad()\ndef evaluate('],
];

/** The same with the values still logged, every eighth step. */
const fixedWithLogging: typeof fixes = [
  ...fixes,
  [
    '            show_progress(',
    '            if (step + 1) % 8 == 0:\n                print(f" loss {running_loss.item() / (step + 1):.3f}")\n            show_progress(',
  ],
];

function copyOfDemo(t: TestContext, changes: typeof fixes): string {
  const folder = mkdtempSync(join(tmpdir(), 'perjoule-demo-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(demoFolder, folder, {
    recursive: true,
    filter: (path) => !/__pycache__|\.perjoule|history\.(csv|svg)$/.test(path),
  });
  const script = join(folder, 'train.py');
  let text = readFileSync(script, 'utf8');
  for (const [before, after] of changes) {
    assert.equal(text.split(before).length, 2, `train.py has ${before} once`);
    text = text.replace(before, after);
  }
  writeFileSync(script, text);
  return folder;
}

interface Run {
  readonly exitCode: number | null;
  readonly output: string;
  readonly readings: readonly DeviceReading[];
  readonly truth: TruthRecord;
  readonly rejected: number;
}

async function runDemo(
  folder: string,
  args: readonly string[],
  whileRunning?: (child: ChildProcess, readings: readonly DeviceReading[]) => void,
): Promise<Run> {
  assert.ok(python !== null);
  const file = join(folder, '.perjoule', 'sim.jsonl');
  const child = spawn(python, ['train.py', ...args], {
    cwd: folder,
    env: { ...process.env, PERJOULE_SIM: file, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const door = createMachineDoor();
  const session = openSimulated(file, door, { rateHz: 10, pids: new Set([child.pid ?? 0]) });
  const readings: DeviceReading[] = [];
  const timer = setInterval(() => {
    readings.push(...session.read());
    whileRunning?.(child, readings);
  }, 100);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(timer);
  session.follow(new Set());
  session.close();
  door.close();
  const [line = ''] = readFileSync(truthPath(file), 'utf8').split('\n');
  const truth = JSON.parse(line) as TruthRecord;
  return { exitCode, output, readings, truth, rejected: session.rejectedLines };
}

interface Figures {
  readonly seconds: number;
  readonly busy: number;
  readonly meanUtilization: number;
  readonly energyJ: number;
  readonly inputWaitShare: number;
  readonly hostSyncShare: number;
  readonly counterToTruth: number;
  readonly peakMemoryGiB: number;
}

function figuresOf({ truth, readings }: Run): Figures {
  const within = readings.filter(
    ({ timeMs }) => timeMs >= truth.from * 1000 && timeMs <= truth.to * 1000 + 200,
  );
  const [device] = truth.devices;
  assert.ok(device !== undefined && within.length > 10);
  const counted = (within.at(-1)?.energyJ ?? 0) - (within[0]?.energyJ ?? 0);
  const mean = within.reduce((sum, { utilization }) => sum + (utilization ?? 0), 0) / within.length;
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  return {
    seconds: round(truth.to - truth.from),
    busy: round(device.busySeconds / (truth.to - truth.from)),
    meanUtilization: round(mean),
    energyJ: Math.round(truth.energyJ),
    inputWaitShare: round(truth.inputWaitJ / truth.energyJ),
    hostSyncShare: round(truth.hostSyncJ / truth.energyJ),
    counterToTruth: round(counted / truth.energyJ),
    peakMemoryGiB: round(Math.max(...within.map(({ memoryUsedBytes }) => memoryUsedBytes ?? 0)) / 2 ** 30),
  };
}

const skip = python === null ? 'no Python 3.8 or newer on this machine' : false;
const length = full ? [] : ['--epochs', '1', '--steps', '8'];

test('the demo wastes energy in two ways, and its fixed forms do not', { skip }, async (t) => {
  const unfixed = await runDemo(copyOfDemo(t, []), length);
  const fixed = await runDemo(copyOfDemo(t, fixes), length);
  for (const run of [unfixed, fixed]) {
    assert.equal(run.exitCode, 0, run.output);
    assert.equal(run.rejected, 0);
    assert.match(run.output, /Epoch 1: 100%\|#{10}\| \d+\/\d+ \[\d\d:\d\d<00:00, \d/);
    assert.match(run.output, /Epoch 1: loss \d\.\d+, train accuracy \d+\.\d%, test accuracy \d+\.\d%/);
  }
  const before = figuresOf(unfixed);
  const after = figuresOf(fixed);
  t.diagnostic(`unfixed ${JSON.stringify(before)}`);
  t.diagnostic(`fixed ${JSON.stringify(after)}`);

  assert.ok(before.busy > 0.35 && before.busy < 0.65, `${before.busy} of the time busy`);
  assert.ok(before.inputWaitShare > 0.06, `${before.inputWaitShare} in input wait`);
  assert.ok(before.hostSyncShare > 0.03, `${before.hostSyncShare} in host sync`);
  assert.ok(after.energyJ < 0.92 * before.energyJ, 'the fixed run needs less energy for the same steps');
  assert.ok(after.hostSyncShare < 0.01, `${after.hostSyncShare} in host sync after the fix`);
  // A short run has its start-up in it.
  assert.ok(after.busy > (full ? 0.92 : 0.7), `${after.busy} of the time busy after the fix`);
  assert.ok(after.peakMemoryGiB < before.peakMemoryGiB);
  for (const { counterToTruth } of [before, after])
    assert.ok(Math.abs(counterToTruth - 1) < (full ? 0.05 : 0.15), `the counter shows ${counterToTruth}`);
});

test('the demo fixed with values logged every few steps runs and keeps the GPU busy', { skip }, async (t) => {
  const run = await runDemo(copyOfDemo(t, fixedWithLogging), length);
  assert.equal(run.exitCode, 0, run.output);
  assert.match(run.output, /loss \d\.\d{3}/);
  const figures = figuresOf(run);
  t.diagnostic(JSON.stringify(figures));
  assert.ok(figures.busy > (full ? 0.9 : 0.65), `${figures.busy} of the time busy`);
});

test('a demo that is killed lets go of its device and leaves a truth', { skip }, async (t) => {
  const run = await runDemo(copyOfDemo(t, []), [], (child, readings) => {
    if (readings.length >= 25) child.kill('SIGKILL');
  });
  assert.equal(run.exitCode, null);
  assert.equal(run.truth.complete, true);
  assert.ok(run.truth.energyJ > 0);
});
