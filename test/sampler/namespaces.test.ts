/** Numbers of processes across namespaces, as with containers: a driver that tells its host's, and a host that looks in. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { compileFakeNvml, noFakeNvml } from './fakeNvml/compile.ts';
import { runCli } from './runCli.ts';
import {
  cliMain,
  followOf,
  makePlace,
  needsPython,
  type Place,
  python,
  until,
  untilRun,
} from './samplerHarness.ts';

/** A namespace of processes with its own /proc, as a container has. */
const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'] as const;
const [enter, ...entering] = container;
const skip =
  noFakeNvml ||
  needsPython ||
  (spawnSync(enter, [...entering, 'true']).status === 0
    ? false
    : 'this user may not make a namespace of processes');

const machine = [
  ...['device uuid=GPU-a', 'device uuid=GPU-b'],
  ...['curve 0 1000 0:300 1000:300', 'curve 1 1000 0:200 1000:200'],
];

interface Here extends Place {
  script(...lines: readonly string[]): void;
  /** A program that holds a GPU, as far as can be seen from outside, and writes its own number down. */
  readonly program: readonly string[];
  ownPid(): Promise<number>;
}

function nvmlPlace(context: TestContext): Here {
  const place = makePlace(context, { PERJOULE_NVML: compileFakeNvml(), CUDA_VISIBLE_DEVICES: '0' });
  const path = join(place.folder, 'nvml');
  place.environment['PERJOULE_FAKE_NVML'] = path;
  const library = join(place.folder, 'libcuda.so.1');
  writeFileSync(library, 'stands for the driver');
  const pidFile = join(place.folder, 'pid');
  const body = `import mmap, os, time
file = open(${JSON.stringify(library)}, "r+b")
mapped = mmap.mmap(file.fileno(), 0)
open(${JSON.stringify(pidFile)}, "w").write(str(os.getpid()) + "\\n")
time.sleep(8)`;
  const startMs = Number(process.hrtime.bigint()) / 1e6;
  return {
    ...place,
    program: [python ?? '', '-c', body],
    script: (...lines) => writeFileSync(path, [`start ${startMs}`, ...machine, ...lines, ''].join('\n')),
    ownPid: () =>
      until(
        'its number',
        () => existsSync(pidFile) && Number(/^(\d+)\n/.exec(readFileSync(pidFile, 'utf8'))?.[1]),
      ),
  };
}

/** A run whose sampler and program both live in a container. @param lines what the driver says, given the number in there */
async function runInside(
  context: TestContext,
  lines: (pid: number) => readonly string[],
): Promise<RunSummary> {
  const place = nvmlPlace(context);
  place.script();
  const child = spawn(
    enter,
    [...entering, process.execPath, cliMain, 'run', '--no-check', '--', ...place.program],
    { env: place.environment, cwd: place.folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  context.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  place.script(...lines(await place.ownPid()));
  assert.equal(await ended, 0, said);
  const listed = await runCli(place, ['runs', '--format', 'json']);
  const [run] = JSON.parse(listed.stdout) as RunSummary[];
  assert.ok(run !== undefined, said);
  return run;
}

const devicesOf = ({ devices }: RunSummary) => devices.map(({ uuid, attribution }) => [uuid, attribution]);

// They wait for most of their time.
describe('numbers of processes', { concurrency: 3 }, () => {
  test('in a container whose driver tells numbers of the host: by what the program holds, not by a number that happens to be its own', {
    skip,
  }, async (context) => {
    // Its host's number is not one of here; that of another host process on the other GPU is.
    const run = await runInside(context, (pid) => ['process 0 3999999', `process 1 ${pid}`]);
    assert.deepEqual(devicesOf(run), [['GPU-a', 'onlyRun']]);
    assert.ok(Math.abs((run.totals.meanPowerW ?? 0) - 300) < 15, `${run.totals.meanPowerW}`);
    assert.equal(run.totals.sharing, undefined);
  });

  test('in a container whose driver tells its own numbers: by the list', { skip }, async (context) => {
    const run = await runInside(context, (pid) => [`process 1 ${pid}`]);
    assert.deepEqual(devicesOf(run), [['GPU-b', 'processList']]);
  });

  test('from the host, a program in a container is found by its number here', { skip }, async (context) => {
    const place = nvmlPlace(context);
    place.script();
    const client = await place.connect();
    const outer = place.start(enter, [...entering, ...place.program]);
    const inner = await place.ownPid();
    const here = await until('its number here', () => {
      const children = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim();
      return children === '' ? null : Number(children.split(' ')[0]);
    });
    place.owns(here);
    assert.notEqual(here, inner);
    assert.match(
      readFileSync(`/proc/${here}/status`, 'utf8'),
      new RegExp(`^NSpid:.*\\s${here}\\s+${inner}$`, 'm'),
    );
    place.script(`process 1 ${here}`);
    await client.request('follow', followOf(outer.pid));
    const run = await untilRun(client, 'its GPU', ({ devices }) => devices.length > 0);
    assert.deepEqual(devicesOf(run), [['GPU-b', 'processList']]);
  });
});
