import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunDevice } from '../../contracts/runs.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { runCli } from './runCli.ts';
import { makePlace, pause, until, untilRun } from './samplerHarness.ts';

const idleOf = ([device]: readonly RunDevice[]): number | null =>
  device?.idlePower?.contextIdlePowerW ?? null;

test('what a GPU draws with a context open is told apart from what it draws with nothing open', {
  skip: noFakeNvml,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml() });
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  const startMs = Number(process.hrtime.bigint()) / 1e6;
  // Its counter would follow the newest curve back to the start.
  const phase = (powerW: number, utilization: number, ...more: readonly string[]): void =>
    writeFileSync(
      path,
      [
        ...[`start ${startMs}`, 'device uuid=GPU-a window=25', `curve 0 1000 0:${powerW} 1000:${powerW}`],
        ...[`util 0 ${utilization}`, 'return nvmlDeviceGetTotalEnergyConsumption 3', ...more, ''],
      ].join('\n'),
    );
  phase(70, 0);
  const pidFile = join(place.folder, 'pid');
  const enough = join(place.folder, 'enough');
  const program = `const { existsSync, writeFileSync } = require('node:fs');
    writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
    setInterval(() => existsSync(${JSON.stringify(enough)}) && process.exit(), 50);`;
  const summary = join(place.folder, 'summary.json');
  const command = ['run', '--no-check', '--summary', summary, '--', process.execPath, '-e', program];
  const ended = runCli(place, command);
  await until('its pid', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  const pid = Number(readFileSync(pidFile, 'utf8'));
  place.owns(pid);
  const client = await place.connect();
  const process0 = `process 0 ${pid}`;
  await pause(3000);
  phase(115, 0, process0);
  // How long that takes is the machine's load: the sampler is one process among others.
  await untilRun(client, 'a context that rests', ({ devices }) => idleOf(devices) !== null, 60_000);
  phase(400, 95, process0);
  await pause(3000);
  writeFileSync(enough, '');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const { devices } = JSON.parse(readFileSync(summary, 'utf8')) as { devices: readonly RunDevice[] };
  const { contextIdlePowerW, idlePowerW } = devices[0]?.idlePower ?? {};
  assert.ok(Math.abs((contextIdlePowerW ?? 0) - 115) < 3, `${contextIdlePowerW} ${stderr}`);
  assert.ok(Math.abs((idlePowerW ?? 0) - 70) < 2, `${idlePowerW}`);
  assert.match(stderr, /idle power +11[45] W with a context open, (69|70) W with nothing open/);
});
