/** `perjoule trace`: alone, beside a run, and on files that are none. */

import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { TraceReading } from '../../contracts/trace.ts';
import { generatedTrace, readLine, tracedScript } from '../../insight/testing/generatedTrace.ts';
import { createRandom } from '../../insight/testing/random.ts';
import { runFile } from '../recordedRun.ts';
import { runCli } from './runCli.ts';
import { makePlace } from './samplerHarness.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);
const plan = { steps: 6, loaderUs: 4000, readUs: 3000, kernels: 15, kernelUs: 30, stacks: true };
const traceText = (hostile?: object): string => {
  const { events } = generatedTrace(createRandom(seed), plan);
  return JSON.stringify(
    { schemaVersion: 1, traceEvents: hostile === undefined ? events : [...events, hostile] },
    null,
    2,
  );
};

test('beside a run the hints of its script are confirmed or left open, with the share of time', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  const script = join(place.folder, 'train.py');
  writeFileSync(script, tracedScript);
  utimesSync(script, 1e9, 1e9);
  const record = JSON.parse(runFile({ id: 'traced', perStepJ: 40 }, 0)) as { run: object };
  const run = { ...record.run, script };
  const finding = {
    path: script,
    message: '',
    severity: 'warning',
    confidence: 'likely',
    regionHash: '',
    wasteKind: null,
    fixTitle: null,
  };
  const findings = [
    { ...finding, rule: 'sync-scalar-in-step', line: readLine, endLine: readLine },
    { ...finding, rule: 'sync-scalar-in-step', line: 7, endLine: 7 },
    { ...finding, rule: 'loader-no-workers', line: 3, endLine: 3 },
  ];
  writeFileSync(join(place.folder, 'traced.json'), JSON.stringify({ ...record, run, findings }));
  assert.equal((await runCli(place, ['import', 'traced.json'])).code, 0);
  writeFileSync(join(place.folder, 'trace.json.gz'), gzipSync(traceText()));

  const { code, stdout, stderr } = await runCli(place, [
    'trace',
    'trace.json.gz',
    '--run',
    '1',
    '--format',
    'json',
  ]);
  assert.equal(code, 0, stderr);
  const reading = JSON.parse(stdout) as TraceReading;
  const told = reading.findings.map(({ rule, line, verdict }) => `${rule}:${line} ${verdict}`);
  assert.deepEqual(
    told,
    [
      `sync-scalar-in-step:${readLine} confirmed`,
      'sync-scalar-in-step:7 open',
      'loader-no-workers:3 confirmed',
    ],
    `seed ${seed}`,
  );
  assert.match(reading.notes.join(' '), /may be of another run/);

  const text = await runCli(place, ['trace', 'trace.json.gz', '--run', 'last']);
  assert.match(text.stdout, /profiler trace, 6 steps; profiling itself slows the run/);
  assert.match(
    text.stdout,
    /train\.py:13 sync-scalar-in-step: confirmed by the trace\. The host waited here for \d/,
  );
  const none = await runCli(place, ['trace', 'trace.json.gz', '--run', '9']);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^perjoule: there is no run "9"[^\n]*\n$/);
});

test('names from a trace are plain text', async (context) => {
  const place = makePlace(context, {});
  const name = '</script><b>x</b>[a](http://evil) \u001b[31m\u202e|=1+1.py(3): `f`';
  const at = { pid: 42, tid: 42, ph: 'X', dur: 1, ts: 1 };
  const hostile = { ...at, cat: 'kernel', name, args: { device: 0 } };
  const properties = `"deviceProperties": [{"id": 0, "name": ${JSON.stringify(name)}}],`;
  writeFileSync(join(place.folder, 'hostile.json'), `{${properties}${traceText(hostile).slice(1)}`);
  const text = await runCli(place, ['trace', 'hostile.json']);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /GPU 0 <\/script><b>x<\/b>/);
  assert.doesNotMatch(text.stdout, /[\u001b\u202e]/);
  const markdown = await runCli(place, ['trace', 'hostile.json', '--format', 'markdown']);
  assert.match(markdown.stdout, /\\<b\\>x\\<\/b\\>\\\[a\\\]\(http\\:\/\/evil\)/);
});

const refused: readonly (readonly [what: string, bytes: Uint8Array | string, why: RegExp])[] = [
  [
    'another JSON',
    '{"name": "package"}',
    /it is no trace of a profiler: no JSON object with "traceEvents"\./,
  ],
  ['no JSON', 'import torch\n', /no JSON object/],
  ['nothing', '', /it is empty\./],
  ['cut off', traceText().slice(0, 3000), /cut off, or still being written\./],
  ['packed and cut off', gzipSync(traceText()).subarray(0, 900), /the packed file ends in the middle\./],
  [
    'packed and damaged',
    Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 255, 255, 255]),
    /packed and damaged\./,
  ],
  [
    'no events of a program',
    '{"traceEvents": [{"ph": "M", "name": "process_name"}]}',
    /no events of a program/,
  ],
];
test('a file that is no trace is told in one line with the reason', async (context) => {
  const place = makePlace(context, {});
  mkdirSync(join(place.folder, 'folder'));
  const told = async (file: string): Promise<string> => {
    const { code, stdout, stderr } = await runCli(place, ['trace', file]);
    assert.equal(code, 2, file);
    assert.equal(stdout, '');
    assert.match(stderr, /^perjoule: [^\n]* cannot be read as a profiler trace: [^\n]*\n$/);
    return stderr;
  };
  for (const [what, bytes, why] of refused) {
    writeFileSync(join(place.folder, 'file.json'), bytes);
    assert.match(await told('file.json'), why, what);
  }
  assert.match(await told('folder'), /it is no file\./);
  assert.match(await told('missing.json'), /there is no such file\./);
});
