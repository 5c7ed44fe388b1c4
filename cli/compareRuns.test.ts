import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, RunSummary, Verdict } from '../contracts/runs.ts';
import { exitStatus, runsMeant, sidesMeant } from './compareRuns.ts';

const run = (number: number, rest: Partial<RunSummary> = {}): RunSummary =>
  ({
    runId: `run-${number}`,
    number,
    name: 'train.py',
    script: '/project/train.py',
    cwd: '/project',
    startedAtMs: number * 1000,
    simulated: false,
    ...rest,
  }) as RunSummary;
const baselineOf = (runs: readonly RunSummary[], word: string): number =>
  runsMeant(runs, [word]).baseline.number;

test('the first run is the baseline of all the others', () => {
  const runs = [run(3), run(2), run(1)];
  const { baseline, others } = runsMeant(runs, ['1', 'last', 'last~1']);
  assert.equal(baseline.number, 1);
  assert.deepEqual(
    others.map(({ number }) => number),
    [3, 2],
  );
  assert.throws(() => runsMeant(runs, ['1', '2', 'last~1']), /"2" and "last~1" both name run 2/);
});

test('a run named alone is held against the last pin of its script before it', () => {
  const pinned = { baseline: true };
  const other = { script: '/project/other.py' };
  const runs = [
    run(7, pinned),
    run(6),
    run(5, { ...pinned, ...other }),
    run(4, { ...pinned, simulated: true }),
    run(3, pinned),
    run(2),
    run(1, pinned),
  ];
  assert.equal(baselineOf(runs, '6'), 3);
  assert.equal(baselineOf(runs, '2'), 1);
  assert.equal(baselineOf(runs, 'last'), 3, 'a pinned run has a baseline of its own');
  assert.throws(() => runsMeant(runs, ['1']), /run 1 has no pinned baseline; .* perjoule baseline RUN/);
  assert.throws(() => runsMeant(runs, ['5']), /no pinned baseline/);
});

test('a run that stands on both sides, or twice on one, is named with what to do', () => {
  const runs = [8, 7, 6, 3, 2].map((number) => run(number));
  const sides = (a: string, b: string) => () => sidesMeant(runs, a.split(' '), b.split(' '));
  assert.throws(sides('6 7 8', '8 2 3'), /^UsageError: run 8 stands on both sides; leave it out of --a or/);
  assert.throws(sides('6 7', 'last 8'), /"last" and "8" both name run 8; name each run of a side once\.$/);
  assert.deepEqual(
    sides('6 7', '2 3')().map((side) => side.map(({ number }) => number)),
    [
      [6, 7],
      [2, 3],
    ],
  );
});

test('--fail-on worse: 1 when one is worse, 2 when one has no verdict', () => {
  const told = (...verdicts: readonly Verdict[]): number =>
    exitStatus(verdicts.map((verdict) => ({ verdict }) as Comparison));
  assert.equal(told('better', 'notDistinguishable'), 0);
  assert.equal(told('better', 'worse', 'notComparable'), 1);
  assert.equal(told('better', 'notComparable'), 2);
});
