/** `perjoule sources` and `perjoule sample` on a fake nvidia-smi and on folders written as a driver's. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunBlock, RunRecord } from '../../contracts/runFile.ts';
import type { SourceStatus } from '../../contracts/samplerProtocol.ts';
import { recordedFolder } from '../../sampler/sources/recordedFolder.ts';
import { runCli } from './runCli.ts';
import { cliMain, makePlace, until } from './samplerHarness.ts';

/** Processes that run the fake of this place. */
const fakesAlive = (path: string): string =>
  spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.includes(path))
    .join('\n');

test('a source is listed as found, or with its reason and its one remedy', async (context) => {
  const place = makePlace(context);
  place.fake.control({ gpus: 2 });
  const found = await runCli(place, ['sources', '--format', 'json']);
  assert.equal(found.code, 0);
  const [smi] = (JSON.parse(found.stdout) as SourceStatus[]).filter(({ id }) => id === 'nvidia-smi');
  assert.deepEqual([smi?.state, smi?.deviceCount, smi?.remedy], ['found', 2, null]);
  assert.match(
    (await runCli(place, ['sources'])).stdout,
    /^nvidia-smi +found +2 GPUs found: NVIDIA Test GPU\.$/m,
  );
  place.fake.control({ mode: 'die' });
  const lost = await runCli(place, ['sources']);
  assert.match(lost.stdout, /^nvidia-smi +failed +The GPU was lost.*\n +→ Run nvidia-smi in a terminal/m);
  rmSync(join(place.folder, 'bin', 'nvidia-smi'));
  const none = await runCli(place, ['sources']);
  assert.equal(none.code, 0);
  assert.match(none.stdout, /^nvidia-smi +not found +.*\n +→ Install the NVIDIA driver/m);
  assert.equal(fakesAlive(place.fake.path), '');
});

test('samples carry unit, source and quality, and end after the time that was asked for', async (context) => {
  const place = makePlace(context);
  place.fake.control({ powerW: 412.5, utilization: 37 });
  const table = await runCli(place, ['sample', '--seconds', '2', '--hz', '5']);
  assert.equal(table.code, 0);
  const rows = table.stdout.split('\n').filter((row) => row.includes('#0 NVIDIA Test GPU'));
  assert.ok(rows.length >= 3, table.stdout);
  for (const row of rows)
    assert.match(
      row,
      / s {2}#0 .* {2}41[23] W {2,}– {2,}37 % .*1980 MHz {2} +41 °C {2}nvidia-smi, instant, band 7 %$/,
    );
  // 412.5 W over the sampled time, as the summary states it: the power holds, so joules are watts times seconds.
  const joules = Number(
    /NVIDIA Test GPU #0: ([\d.]+) J in 00:0\d \(nvidia-smi, instant, band 7 %\)/.exec(table.stderr)?.[1],
  );
  const times = rows.map((row) => Number.parseFloat(row));
  const seconds = Math.max(...times) - Math.min(...times);
  assert.ok(Math.abs(joules - 412.5 * seconds) < 0.15 * joules, `${joules} J in ${seconds} s`);
});

test('as JSON lines, a missing value is null and never 0', async (context) => {
  const place = makePlace(context);
  const { code, stdout } = await runCli(place, [
    'sample',
    '--source',
    'nvidia-smi',
    '--seconds',
    '2',
    '--hz',
    '4',
    '--format',
    'jsonl',
  ]);
  assert.equal(code, 0);
  const readings = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.ok(readings.length >= 3);
  for (const reading of readings) {
    assert.equal(reading['powerW'], 300);
    assert.equal(reading['energyJ'], null);
    assert.equal(reading['energyQuality'], null);
    assert.equal(reading['source'], 'nvidia-smi');
    assert.equal(reading['powerQuality'], 'instant');
  }
});

test('Ctrl-C ends sampling at once, cleanly, with its program', async (context) => {
  const place = makePlace(context);
  let child: ChildProcess | undefined;
  let seen = '';
  const ended = runCli(place, ['sample', '--hz', '10'], (started) => {
    child = started;
    started.stdout?.on('data', (chunk) => {
      seen += String(chunk);
    });
  });
  await until('three readings', () => seen.split('300 W').length > 3);
  const askedMs = performance.now();
  child?.kill('SIGINT');
  const { code, signal, stderr } = await ended;
  assert.deepEqual([code, signal], [0, null]);
  assert.ok(performance.now() - askedMs < 2000);
  assert.match(stderr, /NVIDIA Test GPU #0: .* J in /);
  await until('the fake to be gone', () => fakesAlive(place.fake.path) === '');
});

test('wrong usage and a machine without sources are status 2, with one line that says what to do', async (context) => {
  const place = makePlace(context);
  for (const args of [
    ['--hz', '0'],
    ['--hz', '21'],
    ['--seconds', 'x'],
    ['--format', 'xml'],
    ['--source', 'nonsense'],
  ]) {
    const { code, stdout } = await runCli(place, ['sample', ...args]);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
  }
  rmSync(join(place.folder, 'bin', 'nvidia-smi'));
  const none = await runCli(place, ['sample', '--source', 'nvidia-smi']);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^perjoule: NVIDIA GPUs \(nvidia-smi\): .* Install the NVIDIA driver/);
});

test('CPU and memory power by RAPL: sampled, and beside the GPU in a run that never counts it', async (context) => {
  using folder = recordedFolder('rapl-two-sockets');
  const place = makePlace(context, { PERJOULE_ROOT: folder.root, PERJOULE_GRACE_MS: '4000' });
  // 100 W for each CPU and 5 W for each memory, as their counters would show it.
  const startedMs = performance.now();
  const zones = [
    ['intel-rapl:0', 240e9, 100],
    ['intel-rapl:1', 200e9, 100],
    ['intel-rapl:0:1', 60e9, 5],
    ['intel-rapl:1:1', 50e9, 5],
  ] as const;
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedMs) / 1000;
    for (const [path, fromUj, watts] of zones)
      folder.write(
        `sys/class/powercap/${path}/energy_uj`,
        String(Math.round(fromUj + watts * seconds * 1e6)),
      );
  }, 20);
  context.after(() => clearInterval(timer));
  const sampled = await runCli(place, [
    'sample',
    '--source',
    'rapl',
    '--seconds',
    '3',
    '--hz',
    '2',
    '--format',
    'jsonl',
  ]);
  assert.equal(sampled.code, 0, sampled.stderr);
  const readings = sampled.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const cpu = readings.filter(({ device, powerW }) => device === 'rapl-package-0' && powerW !== null);
  assert.ok(cpu.length >= 3);
  for (const { powerW, energyQuality } of cpu) {
    assert.ok(Math.abs(Number(powerW) - 100) < 25, `${powerW}`);
    assert.equal(energyQuality, 'counterUnchecked');
  }
  const ran = await runCli(place, ['run', '--no-check', '--', 'sleep', '3']);
  assert.equal(ran.code, 0);
  const { run, samples } = JSON.parse((await runCli(place, ['export', 'last'])).stdout) as RunRecord & {
    readonly samples: readonly RunBlock[];
  };
  assert.deepEqual(
    run.devices.filter(({ uuid }) => uuid.startsWith('rapl')),
    [],
  );
  const host = samples.find(({ track }) => track === 'host');
  const watts = (host?.values.cpuPowerW ?? []).filter((value) => value !== null);
  assert.ok(watts.length > 5, JSON.stringify(host?.values.cpuPowerW));
  const mean = watts.reduce((sum, value) => sum + value, 0) / watts.length;
  assert.ok(Math.abs(mean - 200) < 20, `${mean}`);
  assert.ok((host?.values.memoryPowerW ?? []).some((value) => value !== null && Math.abs(value - 10) < 3));
});

test('counters that only root may read: the reason and the remedy, as another user sees them', {
  skip: process.platform === 'linux' ? false : 'RAPL is read on Linux',
}, async (context) => {
  using folder = recordedFolder('rapl-two-sockets');
  const place = makePlace(context, { PERJOULE_ROOT: folder.root });
  chmodSync(folder.root, 0o755);
  const root = process.getuid?.() === 0;
  const zones = join(folder.root, 'sys/class/powercap');
  for (const path of readdirSync(zones).filter((name) => name.includes(':')))
    chmodSync(join(zones, path, 'energy_uj'), root ? 0o400 : 0o000);
  const { status, stdout } = spawnSync(process.execPath, [cliMain, 'sources'], {
    env: place.environment,
    encoding: 'utf8',
    cwd: '/',
    ...(root ? { uid: 65_534, gid: 65_534 } : {}),
  });
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^rapl +failed +RAPL is there \(CPU 0, CPU 1, Memory .*\), but only root may read it\.\n +→ Until the next boot: sudo chmod a\+r/m,
  );
});
