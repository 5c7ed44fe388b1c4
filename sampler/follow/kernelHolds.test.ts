import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machine } from '../testing/machine.ts';

const editor = 4;
const kernel = 7;

/** A kernel below the editor that holds its GPUs, with its cells. */
function notebook(uuids: readonly string[] = ['a']) {
  const made = machine({ uuids });
  made.start(editor, 1, ['code']);
  made.start(kernel, editor, ['python', '-m', 'ipykernel_launcher', '-f', '/run/kernel-v3abc.json']);
  made.holders.push(...uuids.map((uuid) => ({ uuid, pid: kernel })));
  const { sampler, load, live } = made;
  return {
    ...made,
    /** A cell that keeps the GPU busy for so long; its run, null for a cell that is too short. */
    async cell(followId: string, ms: number): Promise<string | null> {
      Object.assign(load, { powerW: 300, utilization: 1 });
      await sampler.follow({
        followId,
        anchor: 'cell',
        pid: editor,
        command: followId,
        cwd: '/home/me',
        origin: 'notebook',
      });
      await live(ms);
      const runId = made.queries.list(1)[0];
      await sampler.followEnd(followId, 0);
      Object.assign(load, { powerW: 70, utilization: 0 });
      return runId?.state === 'live' ? runId.runId : null;
    },
    held: (runId: string | null) => made.queries.detail(runId ?? '')?.heldAfter,
  };
}

const near = (actual: number | null | undefined, wanted: number, by: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - wanted) <= by, `${actual}, not ${wanted} ± ${by}`);

test('what the kernel draws between two cells is kept with the first one, and in no total of either', async () => {
  const { cell, held, live, queries } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(30_000);
  const second = await cell('cell 2', 5_000);
  const hold = held(first);
  near(hold?.durationMs, 30_000, 300);
  near(hold?.idleMs, 30_000, 600);
  near(hold?.energyJ, 30 * 70, 45);
  near(hold?.coverage, 1, 0.03);
  assert.equal(hold?.until, 'nextRun');
  assert.deepEqual(hold?.provenance, { source: 'fake', quality: 'instant', simulated: false, band: 0.07 });
  for (const runId of [first, second]) near(queries.detail(runId ?? '')?.totals.energyJ, 5 * 300, 60);
});

test('work between two cells, as of a cell that is too short for a run, is not idle', async () => {
  const { cell, held, live } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(10_000);
  assert.equal(await cell('short', 800), null);
  await live(10_000);
  await cell('cell 2', 5_000);
  near(held(first)?.durationMs, 20_800, 400);
  near(held(first)?.idleMs, 20_000, 700);
  near(held(first)?.energyJ, 20 * 70, 50);
});

test('the end of the kernel ends its hold, and what a person wrote meanwhile stays', async () => {
  const { cell, held, live, end, queries } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(70_000);
  assert.equal(held(first)?.until, null, 'written while it goes on');
  near(held(first)?.energyJ, 60 * 70, 120);
  queries.label(first ?? '', { name: 'warm-up', note: 'before the loader was mended' });
  end(kernel);
  await live(2_000);
  near(held(first)?.energyJ, 70 * 70, 120);
  assert.equal(held(first)?.until, 'kernelEnd');
  assert.equal(queries.detail(first ?? '')?.name, 'warm-up');
  assert.equal(queries.detail(first ?? '')?.note, 'before the loader was mended');
});

test('a kernel that lets go of its GPU and lives on is charged no further', async () => {
  const { cell, held, live, holders, queries } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(20_000);
  holders.length = 0;
  await live(90_000);
  const hold = held(first);
  assert.equal(hold?.until, 'letGo');
  near(hold?.durationMs, 20_000, 500);
  near(hold?.idleMs, 20_000, 600);
  near(hold?.energyJ, 20 * 70, 45);
  near(hold?.coverage, 1, 0.03);
  holders.push({ uuid: 'a', pid: kernel });
  await cell('cell 2', 5_000);
  assert.deepEqual(held(first), hold, 'what comes later is not added');
  assert.equal(queries.list(9).length, 2);
});

test('of two GPUs the one that was let go is charged no further', async () => {
  const { cell, held, live, holders } = notebook(['a', 'b']);
  const first = await cell('cell 1', 5_000);
  await live(10_000);
  holders.pop();
  await live(30_000);
  await cell('cell 2', 5_000);
  assert.equal(held(first)?.until, 'nextRun');
  near(held(first)?.idleMs, 40_000, 700);
  near(held(first)?.energyJ, (40 + 10) * 70, 90);
});

test('a list that leaves the kernel out for a moment ends nothing; a process below it holds for it', async () => {
  const { cell, held, live, holders, start } = notebook();
  const child = 8;
  const first = await cell('cell 1', 5_000);
  await live(10_000);
  holders.length = 0;
  await live(2_000);
  start(child, kernel);
  holders.push({ uuid: 'a', pid: child });
  await live(10_000);
  await cell('cell 2', 5_000);
  assert.equal(held(first)?.until, 'nextRun');
  near(held(first)?.energyJ, 22 * 70, 60);
});

test('the notice of an idle GPU and the hold of its kernel say the same joules', async () => {
  const { cell, held, live, end, sampler } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(30_000);
  const [holder] = sampler.gpuHolders();
  end(kernel);
  await live(1_000);
  near(holder?.idle?.energyJ, held(first)?.energyJ ?? Number.NaN, 30);
  near(holder?.idle?.forMs, held(first)?.idleMs ?? Number.NaN, 500);
});

test('where the readings do not tell whether anything ran, the hold has no energy, which is not 0', async () => {
  const { cell, held, live, end, load } = notebook();
  const first = await cell('cell 1', 5_000);
  Object.assign(load, { utilization: undefined });
  await live(5_000);
  end(kernel);
  await live(2_000);
  assert.deepEqual([held(first)?.idleMs, held(first)?.energyJ], [null, null]);
  near(held(first)?.durationMs, 5_000, 400);
});

test('a cell that is deleted keeps no hold, and has it again once it is restored', async () => {
  const { cell, held, live, end, queries } = notebook();
  const first = await cell('cell 1', 5_000);
  await live(5_000);
  queries.delete(first ?? '');
  await live(60_000);
  assert.deepEqual(queries.list(9), []);
  queries.restore(first ?? '');
  end(kernel);
  await live(1_000);
  near(held(first)?.durationMs, 65_000, 500);
});
