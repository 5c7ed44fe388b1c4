import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSubmission, SubmissionReader } from './submissions.ts';

const work = '{"event":"work","pid":7,"time":1.5,"device":0,"duration":0.25,"intensity":0.8,"memory":1024}';

test('a line becomes a submission in milliseconds', () => {
  assert.deepEqual(parseSubmission(work), {
    event: 'work',
    pid: 7,
    timeMs: 1500,
    device: 0,
    durationMs: 250,
    intensity: 0.8,
    memoryBytes: 1024,
  });
  assert.deepEqual(parseSubmission('{"event":"open","pid":7,"time":1,"device":1,"gpu":"h200*2"}'), {
    event: 'open',
    pid: 7,
    timeMs: 1000,
    device: 1,
    gpu: 'h200*2',
  });
  assert.deepEqual(
    parseSubmission('{"event":"host","pid":7,"time":2,"doing":"sync","from":1,"to":2,"device":0}'),
    { event: 'host', pid: 7, timeMs: 2000, doing: 'sync', device: 0, fromMs: 1000, toMs: 2000 },
  );
});

test('what is not a submission is null', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '12',
    '{"event":"work"}',
    '{"event":"sleep","pid":7,"time":1}',
    '{"event":"work","pid":7,"time":1,"device":-1,"duration":1}',
    '{"event":"work","pid":7,"time":1,"device":0,"duration":-1}',
    '{"event":"work","pid":7,"time":"soon","device":0,"duration":1}',
    '{"event":"work","pid":7.5,"time":1,"device":0,"duration":1}',
    '{"event":"host","pid":7,"time":1,"doing":"input","from":2,"to":1}',
    '{"event":"open","pid":7,"time":1,"device":0}',
    '\u0000\u0001\u0002',
  ])
    assert.equal(parseSubmission(text), null, text);
});

test('lines that arrive in pieces are put together, garbage is counted and skipped', () => {
  const reader = new SubmissionReader();
  assert.equal(reader.take(work.slice(0, 20)).length, 0);
  assert.equal(reader.take(work.slice(20)).length, 0);
  assert.equal(reader.take(`\nnot json\n\n${work}\n`).length, 2);
  assert.equal(reader.rejected, 1);
});

test('the first line of a file that was cut off and begun anew is not lost', () => {
  const reader = new SubmissionReader();
  reader.take(work.slice(0, 31));
  assert.equal(reader.take(`${work}\n`).length, 1);
  assert.equal(reader.rejected, 0);
});

test('text without any line end is not kept for ever', () => {
  const reader = new SubmissionReader();
  for (let part = 0; part < 10; part++) reader.take('x'.repeat(30_000));
  assert.ok(reader.rejected > 0);
  assert.equal(reader.take(`\n${work}\n`).length, 1);
});
