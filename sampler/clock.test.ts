import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTime, SamplerClock } from './clock.ts';

/** A machine whose clocks are set by hand. */
function machine() {
  const state = { monotonicMs: 5_000, wallMs: 1_700_000_000_000, bootMs: 5_000, bootId: 'one' };
  return {
    state,
    time: {
      monotonicMs: () => state.monotonicMs,
      wallMs: () => state.wallMs,
      bootMs: () => state.bootMs,
      bootId: () => state.bootId,
    },
    pass(ms: number) {
      state.monotonicMs += ms;
      state.wallMs += ms;
      state.bootMs += ms;
    },
    /** The monotonic clock stands still, as on Linux. */
    sleep(ms: number) {
      state.wallMs += ms;
      state.bootMs += ms;
    },
  };
}

test('the monotonic clock is the one that other programs of the machine read', () => {
  const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
  for (let look = 0; look < 3; look += 1) {
    const beforeMs = nowMs();
    const readMs = machineTime.monotonicMs();
    assert.ok(readMs > beforeMs - 1 && readMs < nowMs() + 1, `${readMs - beforeMs} ms off`);
  }
});

test('sampler time starts at the wall clock and follows the monotonic one', () => {
  const { time, state, pass } = machine();
  const clock = new SamplerClock(time, null);
  assert.equal(clock.nowMs(), state.wallMs);
  pass(1234);
  assert.equal(clock.nowMs(), state.wallMs);
  assert.equal(clock.fromMonotonic(5_000), 1_700_000_000_000);
});

test('a step of the wall clock moves nothing and is no sleep', () => {
  const { time, state, pass } = machine();
  const clock = new SamplerClock(time, null);
  pass(100);
  state.wallMs += 3_600_000;
  assert.equal(clock.noticeSleep(), 0);
  assert.equal(clock.nowMs(), 1_700_000_000_100);
  state.wallMs -= 7_200_000;
  assert.equal(clock.noticeSleep(), 0);
  assert.equal(clock.nowMs(), 1_700_000_000_100);
});

test('sleep is noticed once, and time goes on behind it', () => {
  const { time, pass, sleep } = machine();
  const clock = new SamplerClock(time, null);
  pass(100);
  sleep(60_000);
  pass(100);
  assert.equal(clock.noticeSleep(), 60_000);
  assert.equal(clock.nowMs(), 1_700_000_060_200);
  assert.equal(clock.noticeSleep(), 0);
});

test('the next sampler of the same boot continues the same time, also after the wall clock was set back', () => {
  const { time, state, pass } = machine();
  const first = new SamplerClock(time, null);
  pass(10_000);
  const nowMs = first.nowMs();
  state.wallMs -= 20_000;
  const second = new SamplerClock(time, first.anchor());
  assert.equal(second.nowMs(), nowMs);
});

test('after a new boot time starts at the wall clock, never before what is stored', () => {
  const { time, state } = machine();
  const earlier = new SamplerClock(time, null).anchor();
  state.bootId = 'two';
  assert.equal(new SamplerClock(time, earlier).nowMs(), state.wallMs);
  assert.equal(new SamplerClock(time, earlier, state.wallMs + 500).nowMs(), state.wallMs + 501);
});

test('the machine tells its own boot and time', () => {
  assert.ok(machineTime.bootMs() > 0);
  assert.notEqual(machineTime.bootId(), '');
  const clock = new SamplerClock(machineTime, null);
  assert.ok(Math.abs(clock.nowMs() - Date.now()) < 50);
});
