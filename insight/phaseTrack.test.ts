import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPhaseTrack } from './phaseTrack.ts';

test('each second is of the kind of work most of its samples are of; neighbours are one stretch', () => {
  const track = createPhaseTrack();
  track.add({ fromMs: 0, toMs: 3000, phases: [['import', 60]] });
  track.add({
    fromMs: 3000,
    toMs: 4000,
    phases: [
      ['forward', 5],
      ['backward', 15],
    ],
  });
  track.add({
    fromMs: 4000,
    toMs: 5000,
    phases: [
      ['backward', 11],
      ['optimizer', 9],
    ],
  });
  track.add({ fromMs: 5000, toMs: 6000, phases: [['other', 20]] });
  track.add({ fromMs: 6000, toMs: 7000, phases: [['backward', 20]] });
  assert.deepEqual(track.stretches(), [
    { phase: 'import', fromMs: 0, toMs: 3000 },
    { phase: 'backward', fromMs: 3000, toMs: 5000 },
    { phase: 'backward', fromMs: 6000, toMs: 7000 },
  ]);
});

test('two processes are weighed together, and a window that lies across seconds counts in each', () => {
  const track = createPhaseTrack();
  track.add({ fromMs: 500, toMs: 1500, phases: [['input', 20]] });
  track.add({ fromMs: 1000, toMs: 2000, phases: [['forward', 15]] });
  assert.deepEqual(
    track.stretches().map(({ phase }) => phase),
    ['input', 'forward'],
  );
});

test('a day is kept in no more parts than a chart shows', () => {
  const track = createPhaseTrack();
  const hourMs = 3_600_000;
  for (let hour = 0; hour < 24; hour += 1)
    track.add({
      fromMs: hour * hourMs,
      toMs: (hour + 1) * hourMs,
      phases: [[hour % 2 === 0 ? 'forward' : 'input', 72_000]],
    });
  const found = track.stretches();
  assert.equal(found.length, 24);
  assert.ok(found.every(({ phase }, hour) => phase === (hour % 2 === 0 ? 'forward' : 'input')));
  for (const [hour, { fromMs }] of found.entries())
    assert.ok(Math.abs(fromMs - hour * hourMs) <= 512_000, `${hour}: ${fromMs}`);
});

test('nothing comes of nothing', () => {
  const track = createPhaseTrack();
  track.add({ fromMs: 1000, toMs: 1000, phases: [['forward', 1]] });
  track.add({ fromMs: 0, toMs: 1000, phases: [] });
  assert.deepEqual(track.stretches(), []);
});
