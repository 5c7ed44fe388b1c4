import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GpuHolder } from '../../contracts/samplerProtocol.ts';
import { holderDescription, idleHoldFacts, idleHoldText, worstHold } from './holderText.ts';

const holder = (fields: Partial<GpuHolder>): GpuHolder => ({
  pid: 7,
  start: '1',
  name: 'serve.py',
  command: 'python serve.py',
  device: { uuid: 'a', index: 1, name: 'H100' },
  simulated: false,
  powerW: 71.4,
  runId: null,
  idle: { forMs: 760_000, energyJ: 54_264 },
  ...fields,
});

test('a hold says the GPU, its watts and what it has drawn; what is not known is left out, not 0', () => {
  assert.equal(holderDescription(holder({}), []), 'GPU #1 · 71 W · idle for 12:40');
  assert.equal(holderDescription(holder({ powerW: null, idle: null }), []), 'GPU #1');
  assert.equal(idleHoldText(holder({}), [], 54_264), 'GPU #1 held idle by serve.py · 71 W · 15.1 Wh');
  assert.match(idleHoldText(holder({ simulated: true }), [], 1), /simulated/);
});

test('two that hold one GPU are told to share what it draws; one on another GPU is not counted', () => {
  const elsewhere = holder({ pid: 9, device: { uuid: 'b', index: 2, name: 'H100' } });
  const all = [holder({}), holder({ pid: 8, name: 'notebook' }), elsewhere];
  assert.equal(holderDescription(holder({}), all), 'GPU #1, shared with 1 other · 71 W · idle for 12:40');
  assert.equal(
    idleHoldText(holder({}), all, 54_264),
    'GPU #1 held idle by serve.py and 1 other · 71 W · 15.1 Wh',
  );
  assert.match(
    Object.fromEntries(idleHoldFacts(holder({}), all))['Drawn meanwhile'] ?? '',
    /shared with 1 other$/,
  );
  assert.equal(idleHoldText(elsewhere, all, 54_264), 'GPU #2 held idle by serve.py · 71 W · 15.1 Wh');
});

test('the notice is for the hold that has cost most, once it has lasted', () => {
  const long = holder({ pid: 1, idle: { forMs: 700_000, energyJ: 10 } });
  const dear = holder({ pid: 2, idle: { forMs: 650_000, energyJ: 90 } });
  const short = holder({ pid: 3, idle: { forMs: 5_000, energyJ: 900 } });
  assert.equal(worstHold([long, dear, short, holder({ idle: null })], 600_000)?.pid, 2);
  assert.equal(worstHold([short], 600_000), undefined);
});
