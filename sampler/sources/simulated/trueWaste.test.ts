import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostLine } from './submissions.ts';
import { trueWasteOf } from './trueWaste.ts';
import { type Span, WorkQueue } from './workQueue.ts';

const queueOf = (...work: readonly (readonly [fromMs: number, toMs: number])[]): WorkQueue => {
  const queue = new WorkQueue(70, 115);
  queue.openContext(1, 0);
  for (const [fromMs, toMs] of work) queue.submit(1, fromMs, toMs - fromMs, 600, true);
  return queue;
};
const host = (
  doing: 'input' | 'sync',
  fromMs: number,
  toMs: number,
  device: number | null = null,
): HostLine => ({
  event: 'host',
  pid: 1,
  timeMs: toMs,
  doing,
  device,
  fromMs,
  toMs,
});
const pairs = (spans: readonly Span[]): number[][] => spans.map(({ fromMs, toMs }) => [fromMs, toMs]);
const held = { fromMs: 0, toMs: 1000 };

test('a step that loads, launches, waits and logs: idle in the loader is input wait, the rest after the wait is sync', () => {
  const queue = queueOf([200, 450], [700, 950]);
  const lines = [
    host('input', 10, 195),
    host('sync', 205, 450.5, 0),
    host('input', 550, 690),
    host('sync', 705, 950.5, 0),
  ];
  const waste = trueWasteOf(queue, 0, held, lines);
  assert.deepEqual(pairs(waste.inputWait), [
    [10, 195],
    [550, 690],
  ]);
  assert.deepEqual(pairs(waste.hostSync), [
    [450, 550],
    [690, 700],
  ]);
  // Opening the device, and what comes after the last work, is neither.
  assert.deepEqual(pairs(waste.otherIdle), [
    [0, 10],
    [195, 200],
    [950, 1000],
  ]);
});

test('a queue that ran empty while the host was busy elsewhere was not drained by a sync', () => {
  const queue = queueOf([0, 300], [500, 1000]);
  const waste = trueWasteOf(queue, 0, held, [host('sync', 400, 400.01, 0)]);
  assert.deepEqual(pairs(waste.hostSync), []);
  assert.deepEqual(pairs(waste.otherIdle), [[300, 500]]);
});

test('loading while the queue still holds work is no waste', () => {
  const queue = queueOf([0, 1000]);
  const waste = trueWasteOf(queue, 0, held, [host('input', 100, 900)]);
  assert.deepEqual([waste.inputWait, waste.hostSync, waste.otherIdle], [[], [], []]);
});

test('a wait for another device drains nothing here', () => {
  const queue = queueOf([0, 300], [500, 1000]);
  const waste = trueWasteOf(queue, 1, held, [host('sync', 100, 300.2, 0)]);
  assert.deepEqual(pairs(waste.hostSync), []);
});

test('overlapping and repeated input marks count once', () => {
  const queue = queueOf([0, 100], [900, 1000]);
  const lines = [host('input', 200, 500), host('input', 300, 400), host('input', 450, 600)];
  assert.deepEqual(pairs(trueWasteOf(queue, 0, held, lines).inputWait), [[200, 600]]);
});

test('the kinds and the busy time cover the whole stretch exactly', () => {
  const work: [number, number][] = [];
  const lines: HostLine[] = [];
  for (let step = 0; step < 40; step++) {
    const at = step * 25;
    work.push([at + 8 + (step % 3), at + 16]);
    lines.push(host('input', at + (step % 5), at + 7));
    if (step % 2 === 0) lines.push(host('sync', at + 12, at + 16.3, 0));
  }
  const queue = queueOf(...work);
  const waste = trueWasteOf(queue, 0, held, lines);
  const sum = (spans: readonly Span[]): number =>
    spans.reduce((total, { fromMs, toMs }) => total + toMs - fromMs, 0);
  const busy = work.reduce((total, [fromMs, toMs]) => total + toMs - fromMs, 0);
  const covered = busy + sum(waste.inputWait) + sum(waste.hostSync) + sum(waste.otherIdle);
  assert.ok(Math.abs(covered - 1000) < 1e-9, `covers ${covered} ms`);
});
