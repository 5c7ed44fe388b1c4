import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveUpdate } from '../../contracts/samplerProtocol.ts';
import { LiveFeed } from './liveFeed.ts';
import type { LiveRun } from './liveRun.ts';

/** As much of a run as a message needs; it hands out what is new once, as the real one does. */
function runWith(news: { readonly stepMarks?: readonly object[]; readonly course?: object }): LiveRun {
  let told = false;
  const nothing = { ticks: [], wasteChanged: false, stepMarks: [], course: null };
  const run = {
    runId: 'run-1',
    devices: new Map([['GPU-0', {}]]),
    endedMs: null,
    probed: false,
    durationMs: () => 5000,
    takeLive: () => {
      const out = told ? nothing : { ...nothing, ...news };
      told = true;
      return out;
    },
    snapshot: () => ({ totals: {}, waste: [] }),
    steps: () => null,
  };
  return run as unknown as LiveRun;
}

test('an epoch or a step that comes without a reading is told all the same, and nothing new is no message', () => {
  const sent: LiveUpdate[] = [];
  const feed = new LiveFeed({ watched: () => true, live: (update) => sent.push(update) });
  const course = { epochs: [{ timeMs: 1000, epoch: 1, done: false }], phases: [] };
  for (const run of [runWith({ course }), runWith({ stepMarks: [{ timeMs: 1000, count: 1, energyJ: 5 }] })]) {
    feed.sendOne(run, 0);
    feed.sendOne(run, 0);
  }
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[0]?.course, course);
  assert.equal(sent[1]?.stepMarks?.length, 1);
});
