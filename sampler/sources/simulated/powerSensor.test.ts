import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuModelIds, gpuModels, loadPowerW } from './gpuModels.ts';
import { PowerSensor } from './powerSensor.ts';
import { seeded } from './seededNoise.ts';
import { counterUpdateMs, sensorClasses } from './sensorClasses.ts';
import { WorkQueue } from './workQueue.ts';

function steadyQueue(): WorkQueue {
  const queue = new WorkQueue(70, 115);
  queue.openContext(1, 0);
  return queue;
}

test('a value repeats until the next update', () => {
  const sensor = new PowerSensor(steadyQueue(), sensorClasses.Hopper, 1, 0);
  const values: number[] = [];
  for (let timeMs = 1000; timeMs < 2000; timeMs += 10) {
    sensor.advance(timeMs);
    values.push(sensor.powerW);
  }
  assert.equal(new Set(values).size, 11, 'ten updates in a second, and the one before');
  assert.equal(values.filter((value, index) => index > 0 && value !== values[index - 1]).length, 10);
});

test('a quarter-coverage chip does not see what happens outside its window', () => {
  const unseen = steadyQueue();
  const seen = steadyQueue();
  for (let update = 1; update <= 100; update++) {
    unseen.submit(1, update * 100 + 10, 60, 600, true);
    seen.submit(1, update * 100 + 75, 25, 600, true);
  }
  const blind = new PowerSensor(unseen, sensorClasses.Hopper, 1, 0);
  const lucky = new PowerSensor(seen, sensorClasses.Hopper, 1, 0);
  blind.advance(5000);
  lucky.advance(5000);
  assert.ok(Math.abs(blind.powerW - 115) < 12, `saw ${blind.powerW} W of a load outside its window`);
  assert.ok(Math.abs(lucky.powerW - 600) < 18, `saw ${lucky.powerW} W of a load inside its window`);
});

test('a full-coverage chip sees the mean of its window', () => {
  const queue = steadyQueue();
  for (let update = 1; update <= 100; update++) queue.submit(1, update * 100, 50, 315, true);
  const sensor = new PowerSensor(queue, sensorClasses.Turing, 1, 0);
  sensor.advance(5000);
  assert.ok(Math.abs(sensor.powerW - 215) < 10, `saw ${sensor.powerW} W, mean 215 W`);
});

test('the counter moves ten times a second, by whole millijoules, and never back', () => {
  for (const kind of [sensorClasses.Volta, sensorClasses.Hopper]) {
    const sensor = new PowerSensor(steadyQueue(), kind, 1, 0);
    let moves = 0;
    let before = sensor.counterMj;
    for (let timeMs = 1000; timeMs < 3000; timeMs += 5) {
      sensor.advance(timeMs);
      assert.ok(Number.isInteger(sensor.counterMj));
      assert.ok(sensor.counterMj >= before);
      if (sensor.counterMj > before) moves++;
      before = sensor.counterMj;
    }
    const expected = 2000 / counterUpdateMs;
    assert.ok(moves >= expected && moves <= expected + 1, `${moves} moves in 2 s`);
  }
});

test('the same seed gives the same values, whenever they are asked for', () => {
  const one = new PowerSensor(steadyQueue(), sensorClasses.Ada, 5, 0);
  const other = new PowerSensor(steadyQueue(), sensorClasses.Ada, 5, 0);
  const third = new PowerSensor(steadyQueue(), sensorClasses.Ada, 6, 0);
  for (let timeMs = 0; timeMs <= 10_000; timeMs += 37) one.advance(timeMs);
  for (const sensor of [one, other, third]) sensor.advance(10_000);
  assert.equal(one.powerW, other.powerW);
  assert.equal(one.counterMj, other.counterMj);
  assert.notEqual(one.powerW, third.powerW);
});

test('over two minutes of steps every chip counts within its band', () => {
  for (const id of gpuModelIds) {
    const model = gpuModels[id];
    const queue = new WorkQueue(model.idleW, model.contextIdleW);
    queue.openContext(1, 0);
    // Not a multiple of the update period: a chip that sees a quarter of the time would count such a load wrongly.
    for (let step = 0; step < 232; step++)
      queue.submit(1, step * 517, 150 + 200 * seeded(9, step), loadPowerW(model, 0.8), true);
    const sensor = new PowerSensor(queue, sensorClasses[model.sensor], 3, 1000);
    const start = sensor.counterMj;
    sensor.advance(119_000);
    const { delayMs } = sensorClasses[model.sensor];
    const trueJ = queue.energyJ({ fromMs: 1000 - delayMs, toMs: 119_000 - delayMs });
    const ratio = (sensor.counterMj - start) / 1000 / trueJ;
    const band = model.consumer ? 0.07 : 0.05;
    assert.ok(Math.abs(ratio - 1) <= band, `${id}: counter shows ${ratio.toFixed(3)} of the true energy`);
  }
});
