/** Deleting and undoing through the sampler, what the store takes as people see it, and import after deletion. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from './runCli.ts';
import { isAlive, makePlace, until } from './samplerHarness.ts';

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

test('a name, a note and tags are kept with a run, over the end of the sampler too', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  writeFileSync(join(place.folder, 'zeus.csv'), zeus);
  assert.equal((await runCli(place, ['import', 'zeus.csv'])).code, 0);
  const client = await place.connect();
  const [run] = await client.request('listRuns', { limit: 5 });
  const runId = run?.runId ?? '';
  const told: unknown[] = [];
  client.on('runChanged', ({ run: changed }) => told.push([changed.name, changed.tags]));
  const labels = { name: ' Larger\nbatch ', note: 'lr\t1e-3', tags: ['#baseline', 'a b', 'baseline', ''] };
  const written = await client.request('labelRun', { runId, labels });
  assert.deepEqual(
    [written?.name, written?.note, written?.tags],
    ['Larger batch', 'lr 1e-3', ['baseline', 'a b']],
  );
  assert.deepEqual(told, [['Larger batch', ['baseline', 'a b']]]);
  // What is not given stays; an empty name is none, an empty note is one.
  await client.request('labelRun', { runId, labels: { name: ' ', note: '' } });
  assert.equal(await client.request('labelRun', { runId: 'no-such-run', labels: { note: 'x' } }), null);
  client.close();
  await until('the sampler to end', () => !isAlive(client.hello.pid));
  const [kept] = await (await place.connect()).request('listRuns', { limit: 5 });
  assert.deepEqual([kept?.name, kept?.note, kept?.tags], ['Larger batch', '', ['baseline', 'a b']]);
});
