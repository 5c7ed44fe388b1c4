/** Deleting and undoing through the sampler, what the store takes as people see it, and import after deletion. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from './runCli.ts';
import { makePlace } from './samplerHarness.ts';

const zeus = 'start_time,window_name,elapsed_time,gpu0_energy\n1750000000,training,100,5000\n';

test('a deleted run can be taken back, or imported again; the list says what the store takes', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  writeFileSync(join(place.folder, 'zeus.csv'), zeus);
  assert.equal((await runCli(place, ['import', 'zeus.csv'])).code, 0);
  const client = await place.connect();
  const [run] = await client.request('listRuns', { limit: 5 });
  assert.ok(run !== undefined);
  const told: string[] = [];
  client.on('runRemoved', ({ runId }) => told.push(`removed ${runId}`));
  client.on('runChanged', ({ run: changed }) => told.push(`changed ${changed.runId}`));
  await client.request('deleteRun', { runId: run.runId });
  assert.deepEqual(await client.request('listRuns', { limit: 5 }), []);
  assert.equal((await client.request('storeUse', null)).runs, 0);
  assert.deepEqual(await client.request('restoreRun', { runId: run.runId }), run);
  assert.deepEqual(await client.request('listRuns', { limit: 5 }), [run]);
  assert.deepEqual(told, [`removed ${run.runId}`, `changed ${run.runId}`]);
  assert.equal(await client.request('restoreRun', { runId: 'no-such-run' }), null);
  await client.request('deleteRun', { runId: run.runId });
  assert.match((await runCli(place, ['import', 'zeus.csv'])).stdout, /^run \d+: training, 5\.00 kJ/);
  const { stdout } = await runCli(place, ['runs']);
  assert.match(stdout, /\n\n1 run takes [\d.]+ KiB in \S+runs\.db\.\n$/);
});
