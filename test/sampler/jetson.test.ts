/** A Jetson whose driver lists its GPU too: the sensor of the module stands for it, once. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { recordedFolder } from '../../sampler/sources/recordedFolder.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { runCli } from './runCli.ts';
import { makePlace, until } from './samplerHarness.ts';

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const refused = [
  'nvmlDeviceGetPowerUsage',
  'nvmlDeviceGetTotalEnergyConsumption',
  'nvmlDeviceGetFieldValues',
];

for (const { tells, lines } of [
  { tells: 'nothing of its power', lines: refused.map((name) => `return ${name} 3`) },
  { tells: 'a power of its own', lines: [] },
])
  test(`a Jetson whose driver tells ${tells}: the module is counted, once and for the whole run`, {
    skip: noFakeNvml,
  }, async (context) => {
    using root = recordedFolder('jetson-orin');
    const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml(), PERJOULE_ROOT: root.root });
    const script = join(place.folder, 'nvml');
    place.environment['PERJOULE_FAKE_NVML'] = script;
    const base = [
      `start ${nowMs()}`,
      'device uuid=GPU-orin name=Orin_(nvgpu)',
      'curve 0 1000 0:5 1000:5',
      ...lines,
    ];
    writeFileSync(script, `${base.join('\n')}\n`);
    const pidFile = join(place.folder, 'pid');
    const program = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setTimeout(() => {}, 8000)`;
    const ended = runCli(place, ['run', '--no-check', '--', process.execPath, '-e', program]);
    await until('its pid', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    writeFileSync(script, `${[...base, `process 0 ${readFileSync(pidFile, 'utf8')}`].join('\n')}\n`);
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    const [run] = JSON.parse((await runCli(place, ['runs', '--format', 'json'])).stdout) as RunSummary[];
    assert.ok(run !== undefined);
    assert.deepEqual(
      run.devices.map(({ uuid, attribution }) => [uuid, attribution]),
      [['jetson-module', 'processList']],
    );
    const { energyJ, coverage, durationMs, provenance } = run.totals;
    assert.ok(coverage > 0.85, `${coverage}`);
    const truthJ = (12.16 * durationMs * coverage) / 1000;
    assert.ok(Math.abs((energyJ ?? 0) / truthJ - 1) < 0.05, `${energyJ} of ${truthJ}`);
    assert.deepEqual([provenance?.source, provenance?.quality], ['jetson', 'module']);
  });
