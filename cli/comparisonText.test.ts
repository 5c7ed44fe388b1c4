import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComparedSide, Comparison } from '../contracts/runs.ts';
import { changeText } from '../contracts/verdictText.ts';
import { comparisonMarkdown, comparisonText } from './comparisonText.ts';

const side = (number: number, simulated: boolean): ComparedSide => ({
  runId: `run-${number}`,
  name: 'train.py',
  number,
  energyJ: 9000,
  durationMs: 60_000,
  idleShare: 0.3,
  perStepJ: 40,
  spreadJ: 1,
  steps: 180,
  simulated,
});
const comparison = (rest: Partial<Comparison>, simulated = false): Comparison => ({
  baseline: side(1, simulated),
  run: side(2, simulated),
  verdict: 'better',
  change: -0.312,
  interval: [-0.33, -0.291],
  caveats: [],
  ...rest,
});

const qualities = ['simulated · counter, band 5 %', 'simulated · instant'] as const;

test('the verdict, the change and its interval in one line', () => {
  assert.equal(
    changeText(comparison({})),
    'less energy per step: −31.2 % (95 % interval −33.0 % to −29.1 %)',
  );
});

test('simulated runs: the word stands in the verdict and over both columns', () => {
  const simulated = comparison({}, true);
  assert.match(changeText(simulated), /^less energy per step \(simulated\): −31\.2 %/);
  for (const text of [comparisonText(simulated, qualities), comparisonMarkdown(simulated, qualities)]) {
    assert.equal(text.match(/\(simulated/g)?.length, 3, text);
    assert.match(text, /Quality[ |]+simulated · counter, band 5 %[ |]+simulated · instant/);
  }
});

test('no change stands beside "not comparable", whatever was sent', () => {
  const none = comparison({ verdict: 'notComparable', caveats: ['One of the runs has too few steps.'] });
  assert.equal(changeText(none), 'not comparable');
  assert.doesNotMatch(comparisonText(none, qualities), /31\.2|interval/);
  assert.doesNotMatch(comparisonMarkdown(none, qualities), /31\.2|interval/);
  const mixed = { ...none, run: side(2, true) };
  assert.equal(changeText(mixed), 'not comparable (simulated)');
});
