/** Apple silicon through recorded lines of macmon. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createMacmon } from './macmon.ts';
import type { SourceDoor } from './source.ts';

interface FakeMac {
  readonly door: SourceDoor;
  readonly started: string[][];
  readonly stopped: number[];
  advance(elapsedMs: number): void;
  print(text: string): void;
  end(exitCode: number | null): void;
}

function fakeMac(chip = 'Apple M2 Pro', program: string | null = '/opt/homebrew/bin/macmon'): FakeMac {
  let nowMs = 50_000;
  const started: string[][] = [];
  const stopped: number[] = [];
  let on: Parameters<SourceDoor['stream']>[2] | null = null;
  const door: SourceDoor = {
    nowMs: () => nowMs,
    run: async () => ({ exitCode: 0, stdout: `${chip}\n`, stderr: '', timedOut: false }),
    stream(name, args, listener) {
      on = listener;
      const index = started.push([name, ...args]) - 1;
      return { stop: () => stopped.push(index) };
    },
    findProgram: () => program,
    readNew: () => '',
    append: () => undefined,
  };
  return {
    door,
    started,
    stopped,
    advance: (elapsedMs) => {
      nowMs += elapsedMs;
    },
    print: (text) => on?.line(text),
    end: (exitCode) => on?.end(exitCode),
  };
}

const linesOf = (name: string): readonly string[] =>
  readFileSync(new URL(`./macmon.recorded/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
const options = { rateHz: 5, nvidiaSmiPath: null };
const mac = createMacmon('darwin');

test('macmon tells of GPU, CPU and memory, as estimates', async () => {
  const machine = fakeMac();
  const { status, session } = await mac.open(machine.door, options);
  assert.deepEqual([status.state, status.deviceCount, status.remedy], ['found', 3, null]);
  assert.deepEqual(machine.started, [['/opt/homebrew/bin/macmon', 'pipe', '-i', '200']]);
  assert.deepEqual(
    session?.devices.map(({ name, kind, powerQuality, band }) => [name, kind, powerQuality, band]),
    [
      ['Apple M2 Pro GPU', undefined, 'estimated', 0.2],
      ['Apple M2 Pro CPU', 'cpu', 'estimated', 0.2],
      ['Apple M2 Pro memory', 'memory', 'estimated', 0.2],
    ],
  );
  const [idle = '', busy = ''] = linesOf('m2-pro');
  machine.print(idle);
  machine.advance(200);
  machine.print(busy);
  const [first, , , second, cpu, memory] = session?.read() ?? [];
  assert.deepEqual([first?.powerW, first?.utilization, first?.temperatureC], [0.041, 0.02, undefined]);
  assert.deepEqual([second?.powerW, second?.utilization, second?.smClockMHz], [9.75, 0.94, 1296]);
  assert.deepEqual([cpu?.powerW, memory?.powerW], [3.1, 0.61]);
  assert.equal((second?.timeMs ?? 0) - (first?.timeMs ?? 0), 200);
  assert.deepEqual(session?.read(), []);
});

test('the older form has the GPU as a pair and no memory', async () => {
  const machine = fakeMac('Apple M1');
  const { session } = await mac.open(machine.door, options);
  machine.print(linesOf('m1-older')[0] ?? '');
  const readings = session?.read() ?? [];
  assert.deepEqual(
    readings.map(({ uuid, powerW, utilization }) => [uuid, powerW, utilization]),
    [
      ['apple-gpu', 2.25, 0.35],
      ['apple-cpu', 0.9, undefined],
    ],
  );
});

test('another rate starts the program anew, and the old one is heard no more', async () => {
  const machine = fakeMac();
  const { session } = await mac.open(machine.door, options);
  assert.equal(session?.devices[0]?.sensing?.updatePeriodMs, 200);
  session?.setRate?.(1);
  assert.equal(session?.devices[0]?.sensing?.updatePeriodMs, 1000);
  assert.deepEqual(machine.started.at(-1)?.slice(1), ['pipe', '-i', '1000']);
  assert.deepEqual(machine.stopped, [0]);
  session?.setRate?.(1);
  assert.equal(machine.started.length, 2);
});

test('silence, an end, and lines that are no readings end the session with their reason', async () => {
  const faults: readonly (readonly [string, (machine: FakeMac) => void])[] = [
    ['timeout', (machine) => machine.advance(10_000)],
    ['lost', (machine) => machine.end(1)],
    [
      'badOutput',
      (machine) => {
        for (let line = 0; line < 20; line += 1)
          machine.print(line % 2 === 0 ? 'not json' : '{"gpu_power":null}');
      },
    ],
  ];
  for (const [reason, fault] of faults) {
    const machine = fakeMac();
    const { session } = await mac.open(machine.door, options);
    fault(machine);
    assert.deepEqual(session?.read(), []);
    assert.equal(session?.lost()?.reason, reason);
  }
});

test('where it cannot be, there is one remedy, or none', async () => {
  const missing = await mac.open(fakeMac('Apple M2', null).door, options);
  assert.deepEqual([missing.status.state, missing.session], ['notFound', null]);
  assert.equal(missing.status.remedy, 'Install it with: brew install macmon');
  const intel = await mac.open(fakeMac('Intel(R) Core(TM) i7').door, options);
  assert.deepEqual([intel.status.state, intel.status.reason], ['failed', 'notSupported']);
  const elsewhere = await createMacmon('linux').open(fakeMac().door, options);
  assert.equal(elsewhere.status.state, 'notFound');
});
