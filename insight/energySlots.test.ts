import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEnergySlots, stepShare } from './energySlots.ts';

test('a step of power inside a slot is found from the joules', () => {
  const slots = createEnergySlots();
  // 90 W until 1,230 ms, then 600 W; known every 100 ms.
  const trueJ = (timeMs: number): number => 0.09 * timeMs + 0.51 * Math.max(0, timeMs - 1230);
  for (let at = 0; at <= 2000; at += 100) slots.add(at, trueJ(at));
  for (const at of [1100, 1210, 1229, 1250, 1299, 1450])
    assert.ok(Math.abs((slots.at(at) ?? Number.NaN) - trueJ(at)) < 1e-9, `${at}`);
});

test('a pulse inside a slot says nothing of where it was: its joules are spread', () => {
  assert.equal(stepShare(0.3, 90, 400, 90), 0.3);
  assert.equal(stepShare(0.3, Number.NaN, 400, 90), 0.3);
});

test('shares rise from 0 to 1 whatever the neighbours are', () => {
  const power = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(power, power, power, (before, mean, after) => {
      const shares = [0, 0.2, 0.4, 0.6, 0.8, 1].map((part) => stepShare(part, before, mean, after));
      assert.ok(Math.abs(shares[0] ?? 1) < 1e-6 && Math.abs((shares.at(-1) ?? 0) - 1) < 1e-6);
      for (const [index, share] of shares.entries())
        assert.ok(share >= (shares[index - 1] ?? 0) - 1e-9, `${shares}`);
    }),
  );
});

test('a long slot takes the shape of the other witness, a hole none', () => {
  const slots = createEnergySlots();
  slots.add(0, 0);
  slots.add(1000, 100);
  slots.add(2000, 200, true);
  const curve = (timeMs: number): number => (timeMs < 800 ? 0 : timeMs - 800);
  assert.equal(slots.at(800, curve), 0);
  assert.equal(slots.at(900, curve), 50);
  assert.equal(slots.at(1900, curve), 190);
  assert.equal(slots.at(2001, curve), null);
});
