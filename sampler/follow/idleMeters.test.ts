import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleMeters, type IdleSums } from './idleMeters.ts';

/** A GPU that is read ten times a second. */
function gpu() {
  const meters = new IdleMeters();
  let timeMs = 0;
  return {
    meters,
    read(seconds: number, powerW: number, utilization: number | undefined) {
      for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
        timeMs += 100;
        const reading = { uuid: 'a', timeMs, powerW, ...(utilization === undefined ? {} : { utilization }) };
        meters.take([{ timeMs, readings: [reading] }]);
      }
    },
    silence(seconds: number) {
      timeMs += seconds * 1_000;
    },
    at: (seconds: number) => meters.upTo('a', seconds * 1_000),
  };
}

const near = (sums: IdleSums | null, idleMs: number, energyJ: number, knownMs: number): void => {
  assert.ok(sums !== null);
  assert.ok(Math.abs(sums.idleMs - idleMs) < 1, `idle ${sums.idleMs}`);
  assert.ok(Math.abs(sums.energyJ - energyJ) < 0.1, `${sums.energyJ} J`);
  assert.ok(Math.abs(sums.knownMs - knownMs) < 1, `known ${sums.knownMs}`);
};

test('sums at any moment of the last minute, also between the readings that are kept', () => {
  const { meters, read, at } = gpu();
  read(10, 300, 1);
  read(10, 70, 0);
  read(10, 300, 1);
  near(at(5.05), 0, 0, 4_950);
  // The moment in which work ends or begins is no rest.
  near(at(15), 4_900, 4.9 * 70, 14_900);
  near(at(15.23), 5_130, 5.13 * 70, 15_130);
  near(at(20), 9_900, 9.9 * 70, 19_900);
  near(at(29.99), 9_900, 9.9 * 70, 29_890);
  near(at(99), 9_900, 9.9 * 70, 29_900);
  read(100, 300, 1);
  near(at(1), 9_900, 9.9 * 70, meters.upTo('a', 0)?.knownMs ?? Number.NaN);
  assert.equal(meters.upTo('b', 0), null);
});

test('silence is not known, and what does not tell is no rest', () => {
  const { meters, read, silence, at } = gpu();
  read(10, 70, 0);
  silence(20);
  read(10, 70, 0);
  near(at(40), 9_900 + 9_900, 19.8 * 70, 9_900 + 9_900);
  assert.equal(meters.restingSince('a')?.timeMs, 30_100);
  read(1, 70, undefined);
  assert.equal(meters.restingSince('a')?.timeMs, 41_000);
});
