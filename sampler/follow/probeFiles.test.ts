import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ProbeFiles } from './probeFiles.ts';

function makeFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'perjoule-probes-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const line = (fields: object): string =>
  `${JSON.stringify({ from: 1, to: 2, new: [], lines: [], phases: {}, steps: 0, stepAt: 0, ...fields })}\n`;
const nowMs = 60_000;
const runOf = (pid: number): string | undefined => (pid === 7 ? 'run' : undefined);

test('lines are read as they come, in any pieces, and places are remembered', (context) => {
  const folder = makeFolder(context);
  const files = new ProbeFiles(folder);
  const path = join(folder, '7.jsonl');
  const first = line({ new: [[0, '/t.py', 12, 'train']], lines: [[0, 20]], phases: { forward: 20 } });
  const second = line({ from: 2, to: 3, lines: [[0, 5]], steps: 9, stepAt: 2.5 });
  writeFileSync(path, `{"probe":1,"pid":7}\n${first.slice(0, 30)}`);
  assert.deepEqual(files.read(runOf, nowMs), []);
  appendFileSync(path, first.slice(30) + second);
  const told = files.read(runOf, nowMs);
  const place = { path: '/t.py', line: 12, name: 'train' };
  assert.deepEqual(told[0], [
    'run',
    {
      pid: 7,
      window: { fromMs: 1000, toMs: 2000, lines: [{ ...place, samples: 20 }], phases: [['forward', 20]] },
      steps: 0,
      stepAtMs: null,
    },
  ]);
  assert.deepEqual(told[1]?.[1].window.lines, [{ ...place, samples: 5 }]);
  assert.deepEqual([told[1]?.[1].steps, told[1]?.[1].stepAtMs], [9, 2500]);
  assert.deepEqual(files.read(runOf, nowMs), []);
});

test('a program that replaced itself numbers its places anew', (context) => {
  const folder = makeFolder(context);
  const files = new ProbeFiles(folder);
  const begun = (path: string): string =>
    `{"probe":1}\n${line({ new: [[0, path, 1, 'f']], lines: [[0, 1]] })}`;
  writeFileSync(
    join(folder, '7.jsonl'),
    `${begun('/old.py')}{"probe":1}\n${line({ lines: [[0, 4]] })}${begun('/new.py')}`,
  );
  assert.deepEqual(
    files.read(runOf, nowMs).map(([, told]) => told.window.lines.map(({ path }) => path)),
    [['/old.py'], [], ['/new.py']],
  );
});

test('what is not a probe’s is passed over: other names, other processes, nonsense', (context) => {
  const folder = makeFolder(context);
  const files = new ProbeFiles(folder);
  writeFileSync(join(folder, 'notes.txt'), line({}));
  writeFileSync(join(folder, '8.jsonl'), line({}));
  const nonsense = [
    'no json',
    'null',
    '[]',
    '{"from":"x","to":2}',
    '{"from":2,"to":1}',
    '{"from":-1,"to":1e999}',
    '{"from":1,"to":9007199254740991}',
    '{"from":66,"to":67}',
    '{"from":1,"to":2,"stepAt":1e9,"steps":5}',
    '{"from":1,"to":2,"new":{"a":1},"lines":[[0,"x"],[1e9,1],null,[]],"phases":{"a":-1,"b":"c"}}',
  ];
  writeFileSync(
    join(folder, '7.jsonl'),
    `${nonsense.join('\n')}\n${'x'.repeat(600_000)}\n${line({ steps: 3, stepAt: 2 })}`,
  );
  const told = [0, 1, 2, 3].flatMap(() => files.read(runOf, nowMs)).map(([, one]) => one);
  assert.deepEqual(
    told.map(({ window, steps }) => [window.lines, window.phases, steps]),
    [
      [[], [], 5],
      [[], [], 0],
      [[], [], 3],
    ],
  );
  assert.equal(told[0]?.stepAtMs, null);
});

test('a window is no longer than C code can hold the interpreter', (context) => {
  const folder = makeFolder(context);
  writeFileSync(join(folder, '7.jsonl'), line({ from: 1, to: 3000 }) + line({ from: 1, to: 5000 }));
  assert.deepEqual(
    new ProbeFiles(folder).read(runOf, 1e7).map(([, { window }]) => window.toMs),
    [3_000_000],
  );
});

test('the files of a run that is over are read to their ends', (context) => {
  const folder = makeFolder(context);
  const files = new ProbeFiles(folder);
  const all = Array.from({ length: 10_000 }, (_, index) => line({ steps: index + 1, stepAt: 2 }));
  writeFileSync(join(folder, '7.jsonl'), all.join(''));
  const read = files.read(runOf, nowMs).map(([, { steps }]) => steps);
  assert.ok(read.length < all.length);
  const rest = files.forget('run', nowMs).map(({ steps }) => steps);
  assert.deepEqual(
    [...read, ...rest],
    all.map((_, index) => index + 1),
  );
});

test('a run that is over leaves no file, and a place that is gone is no error', (context) => {
  const folder = makeFolder(context);
  const files = new ProbeFiles(folder);
  const path = join(folder, '7.jsonl');
  writeFileSync(path, line({}));
  assert.equal(files.read(runOf, nowMs).length, 1);
  files.forget('run', nowMs);
  assert.ok(!existsSync(path));
  rmSync(folder, { recursive: true });
  assert.deepEqual(files.read(runOf, nowMs), []);
  assert.deepEqual(new ProbeFiles(null).read(runOf, nowMs), []);
});
