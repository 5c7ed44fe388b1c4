import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkQueue } from './workQueue.ts';

const idleW = 50;
const contextIdleW = 100;

function queueWithContext(): WorkQueue {
  const queue = new WorkQueue(idleW, contextIdleW);
  queue.openContext(1, 0);
  return queue;
}

test('work runs in order: at its submission, or when the work before it has ended', () => {
  const queue = queueWithContext();
  queue.submit(1, 1000, 500, 400, true);
  const second = queue.submit(1, 1100, 500, 400, true);
  assert.deepEqual([second.fromMs, second.toMs], [1500, 2000]);
  const third = queue.submit(1, 3000, 100, 400, true);
  assert.equal(third.fromMs, 3000);
  assert.deepEqual(queue.idleWithin({ fromMs: 500, toMs: 4000 }), [
    { fromMs: 500, toMs: 1000 },
    { fromMs: 2000, toMs: 3000 },
    { fromMs: 3100, toMs: 4000 },
  ]);
});

test('energy is exact over any window', () => {
  const queue = queueWithContext();
  queue.submit(1, 1000, 500, 400, true);
  assert.equal(queue.energyJ({ fromMs: 0, toMs: 1000 }), 100);
  assert.equal(queue.energyJ({ fromMs: 1000, toMs: 1500 }), 200);
  assert.equal(queue.energyJ({ fromMs: 1250, toMs: 2000 }), 100 + 50);
  const split = [0, 313, 999, 1001, 1400, 1777, 2000];
  let sum = 0;
  for (let part = 1; part < split.length; part++)
    sum += queue.energyJ({ fromMs: split[part - 1] ?? 0, toMs: split[part] ?? 0 });
  assert.ok(Math.abs(sum - queue.energyJ({ fromMs: 0, toMs: 2000 })) < 1e-9);
});

test('without a context a device draws its bare idle power; several contexts do not add up', () => {
  const queue = new WorkQueue(idleW, contextIdleW);
  queue.openContext(1, 1000);
  queue.openContext(2, 1500);
  queue.closeContext(1, 2000);
  queue.closeContext(2, 3000);
  assert.equal(queue.energyJ({ fromMs: 0, toMs: 1000 }), 50);
  assert.equal(queue.energyJ({ fromMs: 1000, toMs: 3000 }), 200);
  assert.equal(queue.energyJ({ fromMs: 3000, toMs: 4000 }), 50);
});

test('a copy holds the queue without counting as utilisation', () => {
  const queue = queueWithContext();
  queue.submit(1, 0, 250, 150, false);
  queue.submit(1, 0, 250, 400, true);
  assert.equal(queue.utilization({ fromMs: 0, toMs: 1000 }), 0.25);
  assert.deepEqual(queue.idleWithin({ fromMs: 0, toMs: 600 }), [{ fromMs: 500, toMs: 600 }]);
});

test('a process that ends takes its queued work with it', () => {
  const queue = queueWithContext();
  queue.openContext(2, 0);
  queue.submit(1, 0, 1000, 400, true);
  queue.submit(1, 0, 1000, 400, true);
  queue.submit(2, 0, 100, 400, true);
  queue.closeContext(1, 500);
  assert.deepEqual(queue.holders(), [2]);
  assert.deepEqual(
    queue.workWithin({ fromMs: 0, toMs: 9000 }).map(({ pid, fromMs, toMs }) => [pid, fromMs, toMs]),
    [
      [1, 0, 500],
      [2, 2000, 2100],
    ],
  );
});

test('what was forgotten does not change what is still known', () => {
  const queue = queueWithContext();
  for (let step = 0; step < 100; step++) queue.submit(1, step * 100, 60, 400, true);
  const before = queue.energyJ({ fromMs: 8000, toMs: 10_000 });
  queue.forgetBefore(8000);
  assert.equal(queue.energyJ({ fromMs: 8000, toMs: 10_000 }), before);
  assert.equal(queue.submit(1, 0, 10, 400, true).fromMs, 9960);
});
