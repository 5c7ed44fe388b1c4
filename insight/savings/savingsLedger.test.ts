import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeletedBaseline, deletedBaseline } from '../../contracts/pinnedBaseline.ts';
import type { Comparison, RunSummary, Verdict } from '../../contracts/runs.ts';
import { nothingProven, notLookedAt, projectText, rebound, savingText } from '../../contracts/savingsText.ts';
import { savingsMarkdown } from '../report/savingsMarkdown.ts';
import { type HeldRun, heldRuns, savingsLedger } from './savingsLedger.ts';

const day = 86_400_000;
const october = Date.UTC(2026, 9, 20);

interface Given {
  readonly baseline?: boolean;
  /** Days after its start; null for a pin of an earlier version. */
  readonly pinnedAfter?: number | null;
  /** Pins that are gone: from and to, days after its start. */
  readonly pastPins?: readonly (readonly [from: number, to: number])[];
  readonly simulated?: boolean;
  readonly cwd?: string;
  readonly energyJ?: number | null;
  readonly perStepJ?: number;
  readonly days?: number;
  readonly gpu?: string;
  readonly uuid?: string;
  readonly total?: number | null;
  readonly unit?: string;
  readonly command?: string;
  readonly quality?: string;
  readonly coverage?: number;
  readonly durationMs?: number;
  readonly attribution?: string;
  readonly exitCode?: number | null;
  readonly imported?: object;
  readonly sharing?: object;
  readonly origin?: string;
  readonly state?: string;
}

function run(number: number, given: Given = {}): RunSummary {
  const { perStepJ = 40, energyJ = perStepJ * 1000, simulated = false, total = 1000 } = given;
  const startedAtMs = october + (given.days ?? number) * day;
  const { pinnedAfter = 0.5 } = given;
  return {
    runId: `run-${number}`,
    number,
    name: 'train.py',
    command: given.command ?? 'python train.py',
    script: `${given.cwd ?? '/project'}/train.py`,
    cwd: given.cwd ?? '/project',
    origin: given.origin ?? 'terminal',
    state: given.state ?? 'ended',
    exitCode: given.exitCode === undefined ? 0 : given.exitCode,
    startedAtMs,
    durationMs: given.durationMs ?? day / 4,
    simulated,
    ...(given.baseline === undefined ? {} : { baseline: given.baseline }),
    ...(given.baseline === undefined || pinnedAfter === null
      ? {}
      : { pinnedAtMs: startedAtMs + pinnedAfter * day }),
    ...(given.pastPins === undefined
      ? {}
      : {
          pastPins: given.pastPins.map(([from, to]) => ({
            fromMs: startedAtMs + from * day,
            toMs: startedAtMs + to * day,
          })),
        }),
    ...(given.imported === undefined ? {} : { imported: given.imported }),
    devices: [
      {
        uuid: given.uuid ?? 'gpu',
        name: given.gpu ?? 'H100',
        attribution: given.attribution ?? 'processList',
      },
    ],
    totals: {
      energyJ,
      coverage: given.coverage ?? 1,
      provenance: { source: 'nvml', quality: given.quality ?? 'counter', simulated, band: 0.05 },
      ...(given.sharing === undefined ? {} : { sharing: given.sharing }),
    },
    steps: {
      count: 1010,
      total,
      perStepJ,
      spreadJ: 1,
      stepsPerSecond: 1,
      ...(given.unit === undefined ? {} : { unit: given.unit }),
    },
  } as unknown as RunSummary;
}

/** Compared by the figures of the summaries, with one percent around; 1000 of 1010 steps are after warm-up. */
function ledgerOf(runs: readonly RunSummary[], olderRuns = 0, deleted: readonly DeletedBaseline[] = []) {
  const held = heldRuns(runs, deleted).map((pair): HeldRun => {
    const [before, after] = [pair.baseline.steps?.perStepJ ?? 0, pair.run.steps?.perStepJ ?? 0];
    const change = after / before - 1;
    const verdict: Verdict = Math.abs(change) < 0.02 ? 'notDistinguishable' : change < 0 ? 'better' : 'worse';
    const comparison = {
      verdict,
      change,
      interval: [change - 0.01, change + 0.01],
      baseline: { perStepJ: before },
      run: { steps: 1000 },
    } as unknown as Comparison;
    return { ...pair, comparison };
  });
  return savingsLedger(runs, held, deleted, olderRuns);
}

test('absolute savings: what the compared steps would have needed more, with the interval', () => {
  const [project] = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30 })]).projects;
  assert.ok(project !== undefined && project.savings.length === 1);
  assert.ok(Math.abs((project.savedJ ?? 0) - 10_000) < 1e-6);
  const [low, high] = project.savedWithinJ ?? [0, 0];
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
  assert.deepEqual(project?.verdicts, { better: 2, notDistinguishable: 1, worse: 1, notComparable: 0 });
});

test('simulated savings stand apart and are in no sum of real ones', () => {
  const simulated = { simulated: true };
  const ledger = ledgerOf([
    run(1, { baseline: true }),
    run(2, { perStepJ: 30 }),
    run(3, { ...simulated, baseline: true, perStepJ: 400 }),
    run(4, { ...simulated, perStepJ: 100 }),
  ]);
  assert.deepEqual(
    ledger.projects.map((project) => [
      project.simulated,
      Math.round(project.savedJ ?? 0),
      Math.round(project.usedJ ?? 0),
    ]),
    [
      [false, 10_000, 70_000],
      [true, 300_000, 500_000],
    ],
  );
  const page = savingsMarkdown(ledger);
  const part = page.slice(page.indexOf('(simulated)'));
  for (const line of part.split('\n').filter((text) => /kJ/.test(text)))
    if (!line.startsWith('| 2026')) assert.match(line, /simulated/, line);
});

for (const [what, given, why] of [
  ['on another GPU', { gpu: 'A100' }, /other GPUs/],
  ['with an estimated energy', { quality: 'estimated' }, /estimated, not measured/],
  ['beside other programs', { sharing: {} }, /Other programs used the GPU of run 2/],
  ['with other steps', { total: 2000 }, /is of 2000 steps and the baseline of 1000/],
  ['that failed', { exitCode: 1 }, /Run 2 ended with exit code 1/],
  ['whose end was not seen', { state: 'interrupted' }, /Run 2 was interrupted/],
  ['with too few readings', { coverage: 0.9 }, /Run 2 has readings for 90 % of its time/],
  ['of another machine', { imported: { format: 'perjoule' } }, /Run 2 was imported/],
  ['on a GPU that may be another’s', { attribution: 'unknown' }, /not certain that the GPUs of run 2/],
  ['under the debugger', { origin: 'debug' }, /under the debugger/],
  [
    'that announces no total and did other steps',
    { total: null },
    /is of 1010 steps and the baseline of 1000/,
  ],
  [
    'of which nobody knows how many steps it was of',
    { total: null, exitCode: null },
    /Nothing tells whether a step is the same work/,
  ],
  ['with a smaller batch', { command: 'python train.py --batch-size 8' }, /Only one of the two commands/],
] as const)
  test(`a run ${what} is better and does not count; the reason and their number are said`, () => {
    const ledger = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30, ...given })]);
    const [project] = ledger.projects;
    assert.equal(project?.savedJ, null);
    assert.match(project?.notCounted[0]?.reason ?? '', why);
    assert.match(
      nothingProven(ledger) ?? '',
      /held against a pinned baseline: 1 needed less for each step and cannot be counted/,
    );
    const page = savingsMarkdown(ledger);
    assert.match(page, /1 run compared as better and is not counted:\n\n- train\.py, run 2 against run 1\. /);
  });

test('the seconds until the GPU of a short run is first read keep it out of nothing; a gap does', () => {
  const counts = (coverage: number): boolean => {
    const short = { durationMs: 30_000, coverage };
    const ledger = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30, ...short })]);
    return ledger.projects[0]?.savings.length === 1;
  };
  assert.deepEqual([counts(0.91), counts(0.84)], [true, false]);
});

test('the same holds for what speaks against the baseline', () => {
  const ledger = ledgerOf([run(1, { baseline: true, exitCode: 137 }), run(2, { perStepJ: 30 })]);
  assert.match(ledger.projects[0]?.notCounted[0]?.reason ?? '', /Run 1 ended with exit code 137/);
});

test('a batch that both commands name decides, and the sign of the same work is said', () => {
  const sized = (before: number, after: number, rest: Given = {}) =>
    ledgerOf([
      run(1, { baseline: true, command: `python train.py --batch-size ${before}`, ...rest }),
      run(2, { perStepJ: 30, command: `python train.py --batch-size ${after}`, ...rest }),
    ]).projects[0];
  assert.match(sized(64, 32)?.notCounted[0]?.reason ?? '', /names a batch size of 32 and the baseline’s 64/);
  const same = sized(64, 64, { total: null })?.savings[0];
  assert.match(same === undefined ? '' : savingText(same), /both commands name the same batch size$/);
  const done = ledgerOf([run(1, { baseline: true, total: null }), run(2, { perStepJ: 30, total: null })])
    .projects[0]?.savings[0];
  assert.match(done === undefined ? '' : savingText(done), /same work, as both are of as many steps$/);
  const samples = sized(64, 32, { unit: 'sample', total: null })?.savings[0];
  assert.match(samples === undefined ? '' : savingText(samples), /less for each of 1000 samples/);
});

test('what is counted is called by its name, in the sign and in the reasons', () => {
  const epochs = (before: Given, after: Given = before) =>
    ledgerOf([
      run(1, { baseline: true, unit: 'epoch', ...before }),
      run(2, { perStepJ: 30, unit: 'epoch', ...after }),
    ]).projects[0];
  const counted = epochs({ total: 90 })?.savings[0];
  assert.match(counted === undefined ? '' : savingText(counted), /same work, as both are of as many epochs$/);
  const reason = (before: Given, after?: Given) => epochs(before, after)?.notCounted[0]?.reason ?? '';
  assert.equal(
    reason({ total: 90 }, { total: 80 }),
    'It is of 80 epochs and the baseline of 90: an epoch may not be the same work.',
  );
  assert.match(
    reason({ total: null, exitCode: null }),
    /whether an epoch is the same work: .* of how many epochs/,
  );
  assert.match(
    reason({}, { command: 'python train.py --batch-size 8' }),
    /an epoch may not be the same work\.$/,
  );
});

test('a baseline is chosen before the run: a pin that came later proves nothing of it', () => {
  const late = ledgerOf([run(1, { baseline: true, pinnedAfter: 5 }), run(2, { perStepJ: 30 })]);
  assert.equal(late.projects[0]?.savings.length, 0);
  assert.match(
    late.projects[0]?.notCounted[0]?.reason ?? '',
    /Run 1 was pinned only after this run had begun/,
  );
  const unknown = ledgerOf([run(1, { baseline: true, pinnedAfter: null }), run(2, { perStepJ: 30 })]);
  assert.match(unknown.projects[0]?.notCounted[0]?.reason ?? '', /Pin it again, and later runs count/);
  // A late pin does not take the place of one that stood when the run began.
  const both = ledgerOf([
    run(1, { baseline: true, perStepJ: 40 }),
    run(2, { baseline: true, perStepJ: 90, pinnedAfter: 9 }),
    run(3, { perStepJ: 30 }),
  ]);
  assert.deepEqual(
    both.projects[0]?.savings.map(({ run: saved, baseline }) => [saved.number, baseline.number]),
    [[3, 1]],
  );
});

test('a pin that is taken away afterwards makes no saving greater; set again it stands as before', () => {
  const first = run(1, { baseline: true, perStepJ: 40 });
  const third = run(3, { perStepJ: 30 });
  const of = (second: RunSummary) => {
    const [project] = ledgerOf([first, second, third]).projects;
    return {
      savings: project?.savings.map(({ run: saved, baseline }) => [saved.number, baseline.number]),
      notCounted: project?.notCounted.map(({ run: left, baseline, reason }) => [
        left.number,
        baseline.number,
        reason,
      ]),
    };
  };
  const second = (given: Given) => run(2, { perStepJ: 33, ...given });
  const before = of(second({ baseline: true }));
  assert.deepEqual(before.savings, [
    [3, 2],
    [2, 1],
  ]);
  assert.deepEqual(of(second({ baseline: false, pinnedAfter: null, pastPins: [[0.5, 2]] })), {
    savings: [[2, 1]],
    notCounted: [
      [
        3,
        2,
        'The pin of run 2 stood when this run began and was taken away since. Pin it again, and this run counts.',
      ],
    ],
  });
  assert.deepEqual(of(second({ baseline: true, pinnedAfter: 3, pastPins: [[0.5, 2]] })), before);
  // One that was gone before the run began was never its baseline.
  assert.deepEqual(of(second({ baseline: false, pinnedAfter: null, pastPins: [[0.3, 0.6]] })).savings, [
    [3, 1],
    [2, 1],
  ]);
  const without = ledgerOf([second({ baseline: false, pinnedAfter: null, pastPins: [[0.5, 2]] }), third]);
  assert.match(nothingProven(without) ?? '', /^Nothing is proven yet.*1 needed less.*cannot be counted/);
});

test('a baseline that is deleted moves no run to an older one: the ledger says that it is gone', () => {
  const first = run(1, { baseline: true, perStepJ: 40 });
  const third = run(3, { perStepJ: 30 });
  const fifth = run(5, { perStepJ: 30 });
  const without = (second: RunSummary) => {
    const gone = deletedBaseline(second, october + 4 * day);
    return ledgerOf([first, third, fifth], 0, gone === null ? [] : [gone]);
  };
  const pairs = (of: readonly { run: { number: number }; baseline: { number: number } }[] | undefined) =>
    of?.map(({ run: one, baseline }) => [one.number, baseline.number]);
  // Run 5 began after the deletion: then run 1 was what stood.
  const ledger = without(run(2, { perStepJ: 33, baseline: true }));
  const [project] = ledger.projects;
  assert.deepEqual(pairs(project?.savings), [[5, 1]]);
  assert.deepEqual(pairs(project?.baselineDeleted), [[3, 2]]);
  assert.equal(project?.verdicts.better, 1);
  assert.match(
    savingsMarkdown(ledger),
    /\n1 run is held against nothing:\n\n- train\.py, run 3 against run 2\. Its baseline was deleted\.\n/,
  );
  // Unpinned first and deleted then is no way around it.
  const unpinned = { baseline: false, pinnedAfter: null, pastPins: [[0.5, 1.5]] } as const;
  assert.deepEqual(pairs(without(run(2, unpinned)).projects[0]?.baselineDeleted), [[3, 2]]);
  assert.deepEqual(pairs(without(run(2)).projects[0]?.savings), [
    [5, 1],
    [3, 1],
  ]);
  const last = ledgerOf([third], 0, [
    deletedBaseline(run(2, { baseline: true }), october + 4 * day) as DeletedBaseline,
  ]);
  assert.equal(
    nothingProven(last),
    'Nothing is proven yet. The baseline of 1 run was deleted, as told below.',
  );
});

test('joules of a GPU that two runs were on at one time are in no sum twice', () => {
  const ledger = ledgerOf([
    run(1, { baseline: true }),
    run(2, { perStepJ: 30 }),
    run(3, { perStepJ: 30, days: 2.1 }),
    run(4, { perStepJ: 20, days: 2.1, uuid: 'another' }),
  ]);
  const [project] = ledger.projects;
  assert.deepEqual(
    project?.savings.map(({ run: saved }) => saved.number),
    [4],
  );
  for (const { reason } of project?.notCounted ?? []) assert.match(reason, /the same joules are in both/);
  assert.equal(project?.usedJ, 90_000);
  assert.ok(project !== undefined);
  assert.match(
    projectText(project),
    /at least 90\.0 kJ .* used by 4 runs, 1 on the GPU of another one at the same time, left out$/,
  );
});

test('what was not measured, or not here, is not available and never 0', () => {
  const ledger = ledgerOf([
    run(1, { energyJ: null }),
    run(2, { imported: { format: 'zeus' }, days: 1 }),
    run(3, { energyJ: null }),
  ]);
  const [project] = ledger.projects;
  assert.ok(project !== undefined);
  assert.equal(project.usedJ, null);
  assert.equal(
    projectText(project),
    'no saving proven; use not available of 2 runs, 2 without a reading, 1 more imported, in no figure here',
  );
  assert.match(savingsMarkdown(ledger), /\| 2026-10 \| 2 \| – \| – \| – \|/);
});

test('runs that are not looked at are said', () => {
  assert.equal(notLookedAt(ledgerOf([run(1)])), null);
  const cut = ledgerOf([run(1)], 250);
  assert.equal(notLookedAt(cut), 'Of the newest 1 runs; 250 older ones are in no figure here.');
  assert.match(savingsMarkdown(cut), /250 older ones/);
  assert.match(nothingProven(cut) ?? '', /^No run among the newest 1 is pinned/);
});

const grown = (rest: Given = {}): readonly RunSummary[] => [
  run(1, { baseline: true, days: 0, ...rest }),
  ...[12, 13, 14, 15].map((days) => run(days, { perStepJ: 30, days })),
  run(16, { energyJ: null, days: 13 }),
];

test('use that grew by more than was saved is seen', () => {
  const ledger = ledgerOf(grown());
  const [project] = ledger.projects;
  assert.ok(project !== undefined);
  assert.deepEqual(
    project.months.map(({ month, runs, usedJ, savedJ }) => [
      month,
      runs,
      usedJ,
      savedJ && Math.round(savedJ),
    ]),
    [
      ['2026-10', 1, 40_000, null],
      ['2026-11', 5, 120_000, 30_000],
    ],
  );
  assert.equal(
    rebound(project, ledger),
    'The recorded runs of 2026-11 saved 30.0 kJ, and yet used 80.0 kJ more than those of 2026-10.',
  );
  assert.match(projectText(project), /; at least 160 kJ .* by 6 runs, 1 without a reading$/);
});

test('growth is told from one calendar month to the next only, of the last one with a saving', () => {
  const said = (runs: readonly RunSummary[]): string | null => {
    const ledger = ledgerOf(runs);
    const [project] = ledger.projects;
    return project === undefined ? null : rebound(project, ledger);
  };
  const first = run(1, { baseline: true, days: 0 });
  const many = (from: number) => [0, 1, 2].map((at) => run(from + at, { perStepJ: 30, days: from + at }));
  // Days 50 to 52 are in December; nothing was run in November.
  assert.equal(said([first, ...many(50)]), null);
  // December saved nothing: November is the last month that did.
  const november =
    'The recorded runs of 2026-11 saved 30.0 kJ, and yet used 50.0 kJ more than those of 2026-10.';
  assert.equal(said([first, ...many(20)]), november);
  assert.equal(said([first, ...many(20), run(50, { days: 50 })]), november);
  // Over the end of the year.
  assert.match(said([run(1, { baseline: true, days: 60 }), ...many(80)]) ?? '', /2027-01 .* of 2026-12\.$/);
});

test('where the month before may hold more than is known, no growth is claimed', () => {
  const claims = (runs: readonly RunSummary[], olderRuns = 0): boolean => {
    const ledger = ledgerOf(runs, olderRuns);
    const [project] = ledger.projects;
    return project !== undefined && rebound(project, ledger) !== null;
  };
  assert.equal(claims(grown()), true);
  assert.equal(claims(grown(), 1), false);
  assert.equal(claims([...grown(), run(30, { days: 3, energyJ: null })]), false);
  assert.equal(claims([...grown(), run(30, { days: 3, imported: {} })]), false);
  assert.equal(claims([...grown(), run(30, { days: 3.1 }), run(31, { days: 3 })]), false);
  assert.equal(claims([...grown(), run(30, { days: 16, sharing: {} })]), false);
});

test('where nothing is proven it says what was looked at, and what to do', () => {
  const said = (...runs: readonly RunSummary[]): string => nothingProven(ledgerOf(runs)) ?? '';
  assert.match(said(), /No runs/);
  assert.match(said(run(1), run(2, { perStepJ: 30 })), /Pin the run before a change/);
  assert.match(said(run(1, { baseline: true })), /^No later run of a pinned script has ended yet/);
  assert.match(
    said(run(1, { baseline: true }), run(2, { perStepJ: 30, state: 'live' })),
    /^No later run of a pinned script has ended yet/,
  );
  assert.equal(
    said(run(1, { baseline: true }), run(2), run(3, { perStepJ: 60 })),
    'Nothing is proven yet. Of 2 runs held against a pinned baseline: 1 cannot be told from it; 1 needed more.',
  );
  assert.equal(nothingProven(ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30 })])), null);
});

test('a run that no date tells of stands in a row of its own and takes no other figure away', () => {
  const undated = run(3, { days: 8.64e16 / day, perStepJ: 20 });
  const ledger = ledgerOf([run(1, { baseline: true }), run(2, { perStepJ: 30 }), undated]);
  const [project] = ledger.projects;
  assert.ok(project !== undefined);
  assert.deepEqual(
    project.months.map(({ month, usedJ }) => [month, usedJ]),
    [
      ['2026-10', 70_000],
      ['–', 20_000],
    ],
  );
  assert.match(savingsMarkdown(ledger), /\| 2026-10 \| 2 \|/);
  assert.equal(rebound(project, ledger), null);
});
