import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, RunSummary, Verdict } from '../../contracts/runs.ts';
import { nothingProven, projectText, rebound } from '../../contracts/savingsText.ts';
import { savingsMarkdown } from '../report/savingsMarkdown.ts';
import { type HeldRun, heldRuns, savingsLedger } from './savingsLedger.ts';

const day = 86_400_000;
const october = Date.UTC(2026, 9, 20);

interface Given {
  readonly baseline?: boolean;
  readonly simulated?: boolean;
  readonly cwd?: string;
  readonly energyJ?: number | null;
  readonly perStepJ?: number;
  readonly days?: number;
  readonly gpu?: string;
  readonly total?: number;
  readonly quality?: string;
  readonly sharing?: object;
  readonly state?: string;
}

function run(number: number, given: Given = {}): RunSummary {
  const { perStepJ = 40, energyJ = perStepJ * 1000, simulated = false, total = 1000 } = given;
  return {
    runId: `run-${number}`,
    number,
    name: 'train.py',
    script: `${given.cwd ?? '/project'}/train.py`,
    cwd: given.cwd ?? '/project',
    state: given.state ?? 'ended',
    startedAtMs: october + (given.days ?? number) * day,
    simulated,
    ...(given.baseline === undefined ? {} : { baseline: given.baseline }),
    devices: [{ name: given.gpu ?? 'H100' }],
    totals: {
      energyJ,
      provenance: { source: 'nvml', quality: given.quality ?? 'counter', simulated, band: 0.05 },
      ...(given.sharing === undefined ? {} : { sharing: given.sharing }),
    },
    steps: { count: 1000, total, perStepJ, spreadJ: 1, stepsPerSecond: 1 },
  } as unknown as RunSummary;
}

/** Compared by the figures of the summaries, with one percent around. */
function ledgerOf(runs: readonly RunSummary[]) {
  const held = heldRuns(runs).map((pair): HeldRun => {
    const [before, after] = [pair.baseline.steps?.perStepJ ?? 0, pair.run.steps?.perStepJ ?? 0];
    const change = after / before - 1;
    const verdict: Verdict = Math.abs(change) < 0.02 ? 'notDistinguishable' : change < 0 ? 'better' : 'worse';
    const comparison = {
      verdict,
      change,
      interval: [change - 0.01, change + 0.01],
      baseline: { perStepJ: before },
    } as unknown as Comparison;
    return { ...pair, comparison };
  });
  return savingsLedger(runs, held);
}

test('absolute savings: what the steps would have needed more, with the interval', () => {
  const [project] = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30 })]).projects;
  assert.ok(project !== undefined && project.savings.length === 1);
  assert.ok(Math.abs(project.savedJ - 10_000) < 1e-6);
  const [low, high] = project.savedWithinJ;
  assert.ok(Math.abs(low - 9600) < 1e-6 && Math.abs(high - 10_400) < 1e-6, `${low} ${high}`);
  assert.equal(project.usedJ, 70_000);
  assert.equal(
    projectText(project),
    '10.0 kJ (2.78 Wh) saved, 95 % interval 9.60 kJ to 10.4 kJ; 70.0 kJ (19.4 Wh) used by 2 runs',
  );
});

test('a run counts once, against the last baseline before it; a worse or equal one adds nothing', () => {
  const ledger = ledgerOf([
    run(1, { baseline: true }),
    run(2, { perStepJ: 30, baseline: true }),
    run(3, { perStepJ: 27 }),
    run(4, { perStepJ: 30 }),
    run(5, { perStepJ: 50 }),
  ]);
  const [project] = ledger.projects;
  assert.deepEqual(
    project?.savings.map(({ run: saved, baseline }) => [saved.number, baseline.number]),
    [
      [3, 2],
      [2, 1],
    ],
  );
  assert.ok(Math.abs((project?.savedJ ?? 0) - 13_000) < 1e-6);
});

test('simulated savings stand apart and are in no sum of real ones', () => {
  const simulated = { simulated: true };
  const { projects } = ledgerOf([
    run(1, { baseline: true }),
    run(2, { perStepJ: 30 }),
    run(3, { ...simulated, baseline: true, perStepJ: 400 }),
    run(4, { ...simulated, perStepJ: 100 }),
  ]);
  assert.deepEqual(
    projects.map((project) => [project.simulated, Math.round(project.savedJ), Math.round(project.usedJ)]),
    [
      [false, 10_000, 70_000],
      [true, 300_000, 500_000],
    ],
  );
  const page = savingsMarkdown({ projects, runs: 4, pinnedBaselines: 2 });
  const part = page.slice(page.indexOf('(simulated)'));
  for (const line of part.split('\n').filter((text) => /kJ/.test(text)))
    if (!line.startsWith('| 2026')) assert.match(line, /simulated/, line);
});

for (const [what, given, why] of [
  ['on another GPU', { gpu: 'A100' }, /other GPUs/],
  ['with an estimated energy', { quality: 'estimated' }, /estimated, not measured/],
  ['beside other programs', { sharing: {} }, /Other programs/],
  ['with other steps', { total: 2000 }, /announced 2000 steps and the baseline 1000/],
] as const)
  test(`a run ${what} is better and does not count; the reason is said`, () => {
    const ledger = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30, ...given })]);
    const [project] = ledger.projects;
    assert.equal(project?.savedJ, 0);
    assert.match(project?.notCounted[0]?.reason ?? '', why);
    assert.match(nothingProven(ledger) ?? '', /measurably less/);
  });

test('use that grew by more than was saved is seen', () => {
  const { projects } = ledgerOf([
    run(1, { baseline: true, days: 0 }),
    ...[12, 13, 14, 15].map((days) => run(days, { perStepJ: 30, days })),
    run(16, { energyJ: null, days: 13 }),
  ]);
  const [project] = projects;
  assert.ok(project !== undefined);
  assert.deepEqual(
    project.months.map(({ month, runs, usedJ, savedJ }) => [month, runs, usedJ, Math.round(savedJ)]),
    [
      ['2026-10', 1, 40_000, 0],
      ['2026-11', 5, 120_000, 40_000],
    ],
  );
  assert.equal(
    rebound(project),
    'In 2026-11 40.0 kJ were saved, and yet 80.0 kJ more were used than in 2026-10.',
  );
  assert.match(projectText(project), /by 6 runs, 1 of them without a reading$/);
});

test('where nothing is proven it says what to do', () => {
  assert.match(nothingProven(ledgerOf([])) ?? '', /No runs/);
  assert.match(
    nothingProven(ledgerOf([run(1), run(2, { perStepJ: 30 })])) ?? '',
    /Pin the run before a change/,
  );
  assert.equal(nothingProven(ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30 })])), null);
  const live = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30, state: 'live' })]);
  assert.equal(live.projects[0]?.savings.length, 0, 'a run that lives is not over');
});
