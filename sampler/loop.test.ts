import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SamplerLoop } from './loop.ts';

interface Machine {
  active: boolean;
  ticks: number;
  looks: number;
  readonly rates: number[];
}

/** The loop over a time that the test moves on. */
function loopAt(context: { readonly mock: typeof import('node:test').mock }, rateHz: number) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  context.mock.method(performance, 'now', () => nowMs);
  const machine: Machine = { active: false, ticks: 0, looks: 0, rates: [] };
  const loop = new SamplerLoop(
    {
      tick: () => {
        machine.ticks += 1;
        if (machine.ticks === 3) throw new Error('a bad round');
      },
      sampleHosts: () => {
        machine.looks += 1;
      },
      wantsCloseLooks: () => true,
      active: () => machine.active,
      hasRuns: () => machine.active,
      onRate: (rate) => machine.rates.push(rate),
      onError: () => undefined,
    },
    rateHz,
  );
  /** Ticks in the next so many seconds. */
  const pass = (seconds: number): number => {
    const before = machine.ticks;
    for (let passed = 0; passed < seconds * 1000; passed += 1) {
      nowMs += 1;
      context.mock.timers.tick(1);
    }
    return machine.ticks - before;
  };
  return { machine, loop, pass };
}

const near = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) <= Math.max(1, 0.05 * expected), `${value} instead of ${expected}`);

test('one round a second while nobody looks and no run lives, then at the wanted rate; a bad round ends nothing', (context) => {
  const { machine, loop, pass } = loopAt(context, 10);
  loop.start();
  near(pass(10), 10);
  assert.equal(machine.looks, 0);
  machine.active = true;
  loop.wake();
  near(pass(10), 10 * (10 / 0.97));
  assert.ok(machine.looks > 300, `${machine.looks} looks between the rounds`);
  machine.active = false;
  pass(1);
  near(pass(10), 10);
  assert.deepEqual(machine.rates, [1, 10, 1]);
  loop.stop();
  assert.equal(pass(5), 0);
});

test('the rate lies between 1 and 20 a second, whatever is asked for', (context) => {
  const { machine, loop, pass } = loopAt(context, 10);
  machine.active = true;
  loop.start();
  loop.setRate(500);
  near(pass(5), 5 * (20 / 0.97));
  loop.setRate(0);
  pass(1);
  near(pass(10), 10);
  loop.stop();
});
