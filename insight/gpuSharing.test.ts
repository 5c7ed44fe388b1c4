import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SharingLook } from '../contracts/sharing.ts';
import { createGpuSharing } from './gpuSharing.ts';

const near = (value: number | undefined, expected: number): void =>
  assert.ok(Math.abs((value ?? Number.NaN) - expected) < 1e-6, `${value} instead of ${expected}`);

const alone = { own: 1, others: 0, activity: null };
const both = { own: 1, others: 1, activity: { own: 60, others: 30, unknown: 0 } };

test('a GPU that nobody else held is not shared', () => {
  const sharing = createGpuSharing();
  for (let timeMs = 1000; timeMs <= 5000; timeMs += 1000) sharing.look({ timeMs, ...alone }, timeMs / 10, 50);
  assert.equal(sharing.divided(500), null);
});

test('idle power is divided evenly, the rest by who computed; time alone is the run’s', () => {
  const sharing = createGpuSharing();
  sharing.look({ timeMs: 1000, ...alone }, 300, 100);
  sharing.look({ timeMs: 2000, ...alone }, 600, 100);
  // 300 J a second: 100 J idle, 200 J of work.
  sharing.look({ timeMs: 3000, ...both }, 900, 100);
  sharing.look({ timeMs: 4000, ...both }, 1200, 100);
  const divided = sharing.divided(1200);
  near(divided?.runJ, 600 + 2 * (50 + (200 * 60) / 90));
  near(divided?.othersJ, 2 * (50 + (200 * 30) / 90));
  near(divided?.unattributedJ, 0);
  assert.equal(divided?.sharedMs, 2000);
  assert.equal(divided?.confidence, 'likely');
});

test('what processes did that are gone, and what nobody did, is unattributed', () => {
  const sharing = createGpuSharing();
  sharing.look({ timeMs: 1000, ...alone }, 100, 40);
  sharing.look({ timeMs: 2000, own: 1, others: 1, activity: { own: 50, others: 0, unknown: 50 } }, 200, 40);
  near(sharing.divided(200)?.unattributedJ, 30);
  sharing.look({ timeMs: 3000, own: 1, others: 1, activity: { own: 0, others: 0, unknown: 0 } }, 300, 40);
  near(sharing.divided(300)?.unattributedJ, 90);
});

test('without a word on who computed, the shared time is not divided', () => {
  const sharing = createGpuSharing();
  sharing.look({ timeMs: 1000, ...alone }, 100, 40);
  sharing.look({ timeMs: 2000, own: 1, others: 2, activity: null }, 250, 40);
  assert.deepEqual(sharing.divided(250), {
    sharedMs: 1000,
    runJ: 100,
    othersJ: 0,
    unattributedJ: 150,
    confidence: null,
  });
});

test('nothing is known of the time before the first look, or across a long silence', () => {
  const sharing = createGpuSharing();
  sharing.look({ timeMs: 3000, ...both }, 900, null);
  near(sharing.divided(900)?.unattributedJ, 900);
  sharing.look({ timeMs: 60_000, ...both }, 10_000, null);
  near(sharing.divided(10_000)?.unattributedJ, 10_000);
  sharing.look({ timeMs: 61_000, ...both }, 10_300, null);
  near(sharing.divided(10_300)?.runJ, 200);
  assert.equal(sharing.divided(10_300)?.confidence, 'possible');
});

test('a run that is read again goes on where it was, no surer than before', () => {
  const first = createGpuSharing();
  first.look({ timeMs: 1000, ...alone }, 300, null);
  first.look({ timeMs: 2000, ...both }, 600, null);
  first.look({ timeMs: 60_000, ...both }, 18_000, null);
  const before = first.divided(18_000);
  assert.equal(before?.confidence, 'possible');
  const second = createGpuSharing(first.state());
  assert.deepEqual(second.divided(18_000), before);
  second.look({ timeMs: 61_000, ...both }, 18_300, null);
  near(second.divided(18_300)?.runJ, (before?.runJ ?? 0) + 200);
  assert.equal(second.divided(18_300)?.confidence, 'possible');
});

test('a run that was alone stays so when a neighbour appears while the sampler is away', () => {
  const hoursMs = 36_000_000;
  const first = createGpuSharing();
  first.look({ timeMs: 1000, ...alone }, 100, null);
  first.look({ timeMs: hoursMs, ...alone }, 3_600_000, null);
  assert.equal(first.divided(3_600_000), null);
  const second = createGpuSharing(first.state());
  assert.equal(second.divided(3_600_000), null);
  second.look({ timeMs: hoursMs + 60_000, ...both }, 3_606_000, null);
  assert.deepEqual(second.divided(3_606_000), {
    sharedMs: 60_000,
    runJ: 3_600_000,
    othersJ: 0,
    unattributedJ: 6000,
    confidence: null,
  });
});

test('a GPU that joins after an hour was not seen to be shared in it, and makes the division no surer', () => {
  const sharing = createGpuSharing();
  sharing.look({ timeMs: 3_600_000, ...both }, 9000, null);
  sharing.look({ timeMs: 3_602_000, ...both }, 9600, null);
  const divided = sharing.divided(9600);
  assert.deepEqual([divided?.sharedMs, divided?.unattributedJ], [2000, 9000]);
  assert.equal(divided?.confidence, 'possible');
});

test('the parts are never negative and add up to the energy, whatever is seen and wherever it is read again', () => {
  const amount = fc.integer({ min: 0, max: 100 });
  const seen = fc.record({
    passedMs: fc.integer({ min: 1, max: 20_000 }),
    passedJ: fc.double({ min: -5, max: 5000, noNaN: true }),
    own: fc.integer({ min: 0, max: 3 }),
    others: fc.integer({ min: 0, max: 3 }),
    activity: fc.option(fc.record({ own: amount, others: amount, unknown: amount })),
    idleW: fc.option(fc.integer({ min: 0, max: 300 })),
  });
  fc.assert(
    fc.property(
      fc.array(seen, { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0, max: 500, noNaN: true }),
      fc.nat(20),
      (all, restJ, brokenAt) => {
        const sharing = createGpuSharing();
        let again = createGpuSharing();
        let timeMs = 0;
        let energyJ = 0;
        for (const [index, { passedMs, passedJ, idleW, ...held }] of all.entries()) {
          timeMs += passedMs;
          energyJ = Math.max(0, energyJ + passedJ);
          const look: SharingLook = { timeMs, ...held };
          sharing.look(look, energyJ, idleW);
          again.look(look, energyJ, idleW);
          if (index === brokenAt) again = createGpuSharing(again.state());
        }
        const totalJ = energyJ + restJ;
        const divided = sharing.divided(totalJ);
        assert.deepEqual(again.state(), sharing.state());
        if (divided === null) {
          assert.ok(all.every(({ others }) => others === 0));
          return;
        }
        const { runJ, othersJ, unattributedJ } = divided;
        for (const part of [runJ, othersJ, unattributedJ]) assert.ok(part >= 0, JSON.stringify(divided));
        assert.ok(Math.abs(runJ + othersJ + unattributedJ - totalJ) <= 1e-6 * Math.max(1, totalJ));
      },
    ),
  );
});
