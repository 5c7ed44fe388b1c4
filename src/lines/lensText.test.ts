import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lensText, lensTooltip } from './lensText.ts';

const mark = { print: '', length: 0, nth: 0, among: 1, energyJ: 27_400, share: 0.31, idleJ: 1100 };

test('absolute beside share, idle apart, with the run and how good the figure is', () => {
  const quality = 'simulated · counter, band 5 %';
  assert.equal(
    lensText(mark, 14, quality),
    '27.4 kJ · 31 % · 1.10 kJ of it idle · run 14 · simulated · counter, band 5 %',
  );
  assert.match(lensTooltip(mark, 14), /^7\.61 Wh by the GPUs of run 14/);
});

test('what is not known to be idle is not called active', () => {
  const unknown = { ...mark, idleJ: null };
  assert.equal(lensText(unknown, 14, 'counter'), '27.4 kJ · 31 % · run 14 · counter');
  assert.match(lensTooltip(unknown, 14), /is not known/);
});

test('an energy that is not known is told with its reason, beside what the samples say', () => {
  const unknown = { ...mark, energyJ: null, idleJ: null };
  assert.equal(
    lensText(unknown, 14, 'no permission to read it'),
    'Energy not available: no permission to read it · 31 % of the samples · run 14',
  );
  assert.match(lensTooltip(unknown, 14), /^The joules of run 14 are not known/);
});
