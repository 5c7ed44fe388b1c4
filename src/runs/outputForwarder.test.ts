import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputForwarder } from './outputForwarder.ts';

test('pieces are joined and sent in order, at most once a period', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const forwarder = new OutputForwarder((text) => sent.push(text), 100);
  for (let update = 0; update < 50; update += 1) {
    forwarder.add(`step ${update}\r`);
    context.mock.timers.tick(20);
  }
  forwarder.flush();
  assert.equal(sent.join(''), Array.from({ length: 50 }, (_, update) => `step ${update}\r`).join(''));
  assert.ok(sent.length <= 11, `${sent.length} messages in one second`);
});

test('a flood keeps its newest part and stays bounded', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const forwarder = new OutputForwarder((text) => sent.push(text), 100);
  for (let line = 0; line < 20_000; line += 1) forwarder.add(`${'x'.repeat(500)} ${line}\n`);
  forwarder.flush();
  assert.ok(sent.join('').length <= 64 * 1024);
  assert.ok(sent.join('').endsWith(' 19999\n'));
});

test('nothing is sent once nobody listens', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: string[] = [];
  const forwarder = new OutputForwarder((text) => sent.push(text), 100);
  forwarder.add('loss 0.1\n');
  forwarder.dispose();
  context.mock.timers.tick(1_000);
  forwarder.flush();
  assert.deepEqual(sent, []);
});
