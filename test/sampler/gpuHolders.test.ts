// Processes that somebody started elsewhere and that hold a GPU: they are listed, told when idle, and can be followed.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makePlace, needsPython, pause, python, until, untilRun } from './samplerHarness.ts';

const skip =
  needsPython || (process.platform === 'linux' ? false : 'the owner of a process is read from /proc');

test('a process that holds an idle GPU is listed with what it draws, and followed from then on', {
  skip,
}, async (context) => {
  const place = makePlace(context);
  writeFileSync(join(place.folder, 'serve.py'), 'import time\ntime.sleep(60)\n');
  const child = place.start(python ?? '', ['serve.py', '--api-key', 'geheim']);
  place.fake.control({ powerW: 100, utilization: 0, pids: [child.pid, 1] });
  const client = await place.connect({ nvidiaSmi: true });
  await client.request('subscribe', { live: true });
  const holders = await until('the holder', async () => {
    const found = await client.request('gpuHolders', null);
    return (found[0]?.idle?.forMs ?? 0) > 3_000 ? found : null;
  });
  // Process 1 is somebody else's, unless the tests run as its user.
  const [holder] = holders.filter(({ pid }) => pid === child.pid);
  assert.ok(process.getuid?.() === 0 || holders.length === 1);
  assert.equal(holder?.name, 'serve.py');
  assert.equal(holder.powerW, 100);
  assert.equal(holder.runId, null);
  assert.ok(!holder.command.includes('geheim'), holder.command);
  const { forMs, energyJ } = holder.idle ?? { forMs: 0, energyJ: 0 };
  assert.ok(Math.abs(energyJ - forMs / 10) < 60, `${energyJ} J in ${forMs} ms at 100 W`);

  place.fake.control({ utilization: 80 });
  await until('the work to be seen', async () => {
    const [busy] = await client.request('gpuHolders', null);
    return (busy?.idle?.forMs ?? Number.POSITIVE_INFINITY) < 2_000;
  });

  const labels = { command: '', cwd: '', origin: 'attach', followId: 'a' } as const;
  const chosen = { ...labels, anchor: 'process', pid: child.pid } as const;
  const another = { ...chosen, followId: 'gone', start: `${holder.start}0` };
  assert.deepEqual(await client.request('follow', another), { runId: null });
  assert.equal((await client.request('gpuHolders', null))[0]?.runId, null);
  const { runId } = await client.request('follow', { ...chosen, start: holder.start });
  assert.notEqual(runId, null);
  await pause(2_500);
  assert.equal((await client.request('gpuHolders', null))[0]?.runId, runId);
  child.kill('SIGKILL');
  const run = await untilRun(client, 'the end', ({ state }) => state === 'ended');
  assert.equal(run.name, 'serve.py');
  assert.ok(!run.command.includes('geheim') && run.command.includes('serve.py'), run.command);
  // Not since the process began, of which nothing is known.
  assert.ok(run.durationMs < 6_000, `${run.durationMs}`);
  assert.ok((run.totals.energyJ ?? 0) > 100, `${run.totals.energyJ}`);
  assert.equal(run.devices[0]?.attribution, 'processList');
});
