// What a program prints through `perjoule run` is what it printed: every byte, in its order, when it was printed; and its
// steps are counted all the same.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliMain, makePlace, needsPython, type Place, python } from './samplerHarness.ts';

const updates = 200;
const hz = 50;

/** Redraws a bar 50 times a second, as progress bars do, half lines and a torn letter among it, and notes when. */
const training = `
import json, os, time
if False:
    import torch
with open(os.environ["PERJOULE_SIM"], "a") as out:
    for event in ({"event": "open", "gpu": "h100-sxm"}, {"event": "work", "duration": ${updates / hz}, "intensity": 0.9}):
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "device": 0, **event}) + "\\n")
printed = []
begun = time.monotonic()
for step in range(1, ${updates} + 1):
    time.sleep(max(0, begun + step / ${hz} - time.monotonic()))
    text = "\\r\\033[32mtrain\\033[0m %d%%|%s| %d/${updates} [00:01<00:03, 50.00it/s, loss=\\u00e9]" % (step // 2, "\\u2588" * (step // 20), step)
    data = text.encode()
    # A letter of two bytes in two pieces.
    os.write(1, data[:-2])
    os.write(1, data[-2:])
    printed.append([time.monotonic(), len(data)])
os.write(2, b"on the other stream\\n")
json.dump(printed, open(os.environ["PRINTED"], "w"))
`;

interface Heard {
  readonly bytes: Buffer;
  readonly errors: string;
  /** By update: seconds from its printing to its arrival here. */
  readonly delays: readonly number[];
}

async function hear(place: Place, program: string, args: readonly string[], name: string): Promise<Heard> {
  const printed = join(place.folder, `${name}.json`);
  const child = spawn(program, args, {
    env: { ...place.environment, PERJOULE_SIM: `${name}.jsonl`, PRINTED: printed },
    cwd: place.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: { readonly data: Buffer; readonly at: number }[] = [];
  let errors = '';
  // The same clock as Python's: seconds since the machine started.
  child.stdout.on('data', (data: Buffer) => chunks.push({ data, at: Number(process.hrtime.bigint()) / 1e9 }));
  child.stderr.on('data', (data) => {
    errors += String(data);
  });
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 0, errors);
  const told = JSON.parse(readFileSync(printed, 'utf8')) as readonly (readonly [number, number])[];
  let sent = 0;
  const delays = told.map(([at, length]) => {
    sent += length;
    let seen = 0;
    const arrived = chunks.find(({ data }) => {
      seen += data.length;
      return seen >= sent;
    });
    return (arrived?.at ?? Number.POSITIVE_INFINITY) - at;
  });
  return { bytes: Buffer.concat(chunks.map(({ data }) => data)), errors, delays };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

test('50 updates of a bar a second come through unchanged and at once, and count its steps', {
  skip: needsPython,
}, async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '3000' });
  writeFileSync(join(place.folder, 'train.py'), training);
  const command = [python ?? '', 'train.py'] as const;
  const bare = await hear(place, command[0], command.slice(1), 'bare');
  const args = [cliMain, 'run', '--no-check', '--summary', 'summary.json', '--', ...command];
  const measured = await hear(place, process.execPath, args, 'measured');

  assert.deepEqual(measured.bytes, bare.bytes);
  assert.ok(measured.errors.startsWith('on the other stream\n'), measured.errors);
  const [with_, without] = [median(measured.delays), median(bare.delays)];
  context.diagnostic(
    `median delay ${(1000 * with_).toFixed(1)} ms, ${(1000 * without).toFixed(1)} ms through a bare pipe`,
  );
  // Two updates are 20 ms apart. A crowded machine is late with both; text that is held back would be later by far.
  assert.ok(with_ - without < 0.1, `${with_} s instead of ${without} s`);
  const { steps } = JSON.parse(readFileSync(join(place.folder, 'summary.json'), 'utf8')) as {
    readonly steps: { readonly count: number } | null;
  };
  assert.equal(steps?.count, updates);
});
