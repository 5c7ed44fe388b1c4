// Cells of a notebook: stretches in the life of a kernel that somebody below the editor has started.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SamplerClient } from '../../sampler/connect.ts';
import { makePlace, needsPython, type Place, pause, python, until, untilRun } from './samplerHarness.ts';

const skip = needsPython || (process.platform === 'linux' ? false : 'process descent is tested on Linux');

/** A kernel that has opened a simulated GPU, below this process. */
function startKernel(place: Place): void {
  const body = `import json, os, time
with open(os.environ["PERJOULE_SIM"], "a") as out:
    out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "event": "open", "device": 0, "gpu": "h100-sxm"}) + "\\n")
time.sleep(60)
`;
  writeFileSync(join(place.folder, 'launch.py'), body);
  const file = join(place.folder, 'sim.jsonl');
  place.start(python ?? '', ['launch.py', '-f', '/run/kernel-v3abc.json'], { PERJOULE_SIM: file });
}

const cell = (client: SamplerClient, place: Place, followId: string): Promise<unknown> =>
  client.request('follow', {
    followId,
    anchor: 'cell',
    pid: process.pid,
    command: `train.ipynb, ${followId}`,
    cwd: place.folder,
    origin: 'notebook',
    name: `train.ipynb [${followId}]`,
  });

test('each cell that lasts is a run from its own start to its own end, while the kernel lives on', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  startKernel(place);
  await pause(600);
  for (const [name, ms, code] of [
    ['cell 1', 5_000, 0],
    ['cell 2', 300, 0],
    ['cell 3', 4_000, 130],
    // As for a cell that is deleted while it runs.
    ['cell 4', 3_000, null],
  ] as const) {
    await cell(client, place, name);
    await pause(ms);
    await client.request('followEnd', { followId: name, exitCode: code });
    // Somebody reads what it printed.
    if (name === 'cell 2') await pause(2_500);
  }
  const runs = await until('the cells to end', async () => {
    const found = await client.request('listRuns', { limit: 9 });
    return found.length >= 3 && found.every(({ state }) => state === 'ended') ? found : null;
  });
  // The one that was over at once only defined something.
  assert.deepEqual(
    runs.map(({ name, command, exitCode, origin }) => [name, command, exitCode, origin]),
    [
      ['train.ipynb [cell 4]', 'train.ipynb, cell 4', null, 'notebook'],
      ['train.ipynb [cell 3]', 'train.ipynb, cell 3', 130, 'notebook'],
      ['train.ipynb [cell 1]', 'train.ipynb, cell 1', 0, 'notebook'],
    ],
  );
  for (const [index, wantedMs] of [3_000, 4_000, 5_000].entries()) {
    const run = runs[index];
    assert.ok(Math.abs((run?.durationMs ?? 0) - wantedMs) < 900, `${run?.durationMs} ms for ${wantedMs}`);
    // Nothing computes: the idle power of the chip over the cell's time, from its start on.
    const { energyJ, coverage } = run?.totals ?? { energyJ: null, coverage: 0 };
    assert.ok((energyJ ?? 0) > 50 && coverage > 0.5, `${energyJ} J, ${coverage} of it measured`);
  }
  // What the kernel held: from the end of cell 1 to the start of cell 3: cell 2 was no run.
  const { heldAfter, durationMs = 0, startedAtMs = 0 } = runs[2] ?? {};
  const betweenMs = (runs[1]?.startedAtMs ?? 0) - startedAtMs - durationMs;
  assert.ok(
    Math.abs((heldAfter?.durationMs ?? 0) - betweenMs) < 900,
    `${heldAfter?.durationMs} of ${betweenMs} ms`,
  );
  assert.equal(heldAfter?.until, 'nextRun');
});

test('what the kernel holds after its cell is kept with the ended run, for the report and the list', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  startKernel(place);
  await pause(600);
  await cell(client, place, 'cell 1');
  await pause(3_000);
  await client.request('followEnd', { followId: 'cell 1', exitCode: 0 });
  const { pid, runId } = await untilRun(client, 'the end of the cell', ({ state }) => state === 'ended');
  await pause(6_000);
  process.kill(pid, 'SIGKILL');
  const { heldAfter, totals } = await untilRun(
    client,
    'the end of the kernel',
    (run) => run.heldAfter !== undefined,
  );
  assert.equal(heldAfter?.until, 'kernelEnd');
  assert.ok(Math.abs((heldAfter?.durationMs ?? 0) - 6_000) < 2_500, `held for ${heldAfter?.durationMs} ms`);
  // The same chip idles as before, however long that is.
  const meanW = (heldAfter?.energyJ ?? 0) / ((heldAfter?.idleMs ?? 0) / 1_000);
  assert.ok(
    Math.abs(meanW - (totals.meanPowerW ?? 0)) < 15,
    `${meanW} W, in the cell ${totals.meanPowerW} W`,
  );
  assert.equal(heldAfter?.provenance?.simulated, true);
  assert.deepEqual((await client.request('getRun', { runId }))?.heldAfter, heldAfter);
});

test('a kernel without a GPU makes no run', { skip }, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  writeFileSync(join(place.folder, 'launch.py'), 'import time\ntime.sleep(30)\n');
  place.start(python ?? '', ['launch.py', '-f', '/run/kernel-v3abc.json']);
  await cell(client, place, 'cell 1');
  await pause(2_000);
  await client.request('followEnd', { followId: 'cell 1', exitCode: 0 });
  assert.deepEqual(await client.request('listRuns', { limit: 9 }), []);
});

test('a kernel that ends in the middle ends the run of its cell', { skip }, async (context) => {
  const place = makePlace(context);
  const client = await place.connect();
  startKernel(place);
  await cell(client, place, 'cell 1');
  const { pid } = await untilRun(client, 'the run', ({ state }) => state === 'live');
  process.kill(pid, 'SIGKILL');
  await untilRun(client, 'the end', ({ state, exitCode }) => state === 'ended' && exitCode === null);
});
