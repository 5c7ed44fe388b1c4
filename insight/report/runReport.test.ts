import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, RunDetail } from '../../contracts/runs.ts';
import { reportMarkdown } from './reportMarkdown.ts';
import { runReport } from './runReport.ts';

const provenance = { source: 'nvml', quality: 'counter', simulated: false, band: 0.05 } as const;
const detail = (rest: Partial<RunDetail> = {}): RunDetail => ({
  runId: 'run-14',
  number: 14,
  name: 'train.py',
  command: 'python train.py',
  cwd: '/project',
  script: '/project/train.py',
  origin: 'cli',
  state: 'ended',
  startedAtMs: Date.UTC(2026, 10, 22),
  durationMs: 1_800_000,
  exitCode: 0,
  devices: [
    {
      uuid: 'gpu',
      index: 0,
      name: 'NVIDIA H100',
      vendor: 'nvidia',
      memoryTotalBytes: null,
      powerLimitW: 700,
      attribution: 'processList',
      provenance,
    },
  ],
  simulated: false,
  totals: {
    energyJ: 1_080_000,
    missing: null,
    method: 'counter',
    witnessJ: null,
    idleJ: 270_000,
    durationMs: 1_800_000,
    coverage: 1,
    meanPowerW: 600,
    provenance,
  },
  steps: { count: 20_000, total: null, perStepJ: 54, spreadJ: 0.7, stepsPerSecond: 11 },
  pid: 1,
  waste: [
    {
      kind: 'inputWait',
      energyJ: 216_000,
      share: 0.2,
      durationMs: 1000,
      certainty: 'likely',
      evidence: 'The process read data meanwhile.',
      places: [
        {
          rule: 'loader-no-workers',
          path: '/project/train.py',
          line: 27,
          message: '',
          regionHash: '',
          fixTitle: null,
        },
      ],
    },
  ],
  gaps: [],
  notices: [],
  hints: [],
  ...rest,
});
const options = { intensity: null, comparison: null, productVersion: '0.1.0' };
const page = (run: RunDetail, intensity: number | null = null): string =>
  reportMarkdown(runReport(run, { ...options, intensity }));

test('the figures of the run, each with its partner, and where they come from', () => {
  const text = page(detail());
  for (const part of [
    /^# Run 14: train\.py\n/,
    /\| Energy \| 1\.08 MJ, 300 Wh \|/,
    /\| Measured by \| counter, band 5 %, 100 % of the time \|/,
    /\| Per step \| 54\.0 J\/step ±0\.70, 20000 steps \|/,
    /\| Idle \| 270 kJ, 25 % \|/,
    /\| Waiting for input \| 216 kJ \| 20 % \| likely \| .* \| \/project\/train\.py:27 \(loader-no-workers\) \|/,
  ])
    assert.match(text, part);
});

test('the block for a model card holds what was measured, and carbon only with an intensity of the user', () => {
  const plain = page(detail());
  assert.match(
    plain,
    /- Hardware type: 1 × NVIDIA H100\n- Hours used: 0\.500\n- GPU energy: 0\.3000 kWh \(Perjoule 0\.1\.0, nvml, counter, band 5 %\)/,
  );
  assert.match(plain, /Carbon emitted: not stated/);
  assert.doesNotMatch(plain, /co2_eq_emissions/);
  const { energyBlock } = runReport(detail(), { ...options, intensity: 380 });
  assert.ok(Math.abs((energyBlock?.co2EqEmissions?.emissions ?? 0) - 114) < 1e-9);
  assert.match(
    page(detail(), 380),
    /```yaml\nco2_eq_emissions:\n {2}emissions: 114\n {2}source: "Perjoule 0\.1\.0: GPU energy of one run \(counter, band 5 %\) × 380 g\/kWh as configured"\n {2}hardware_used: "1 × NVIDIA H100"\n```/,
  );
});

test('the grid zone of the run is told, and from it alone no carbon', () => {
  const setting = { interpreter: null, git: null, timeZone: 'Europe/Berlin', gridZone: 'DE' };
  const text = page(detail({ setting }));
  assert.match(text, /\| Grid zone \| DE \|/);
  assert.match(text, /Carbon emitted: not stated/);
  assert.doesNotMatch(page(detail()), /Grid zone/);
});

test('a model card is told of others on the GPU, of missing readings and of a run that goes on', () => {
  const { totals } = detail();
  const sharing = {
    sharedMs: 60_000,
    runJ: 900_000,
    othersJ: 180_000,
    unattributedJ: 0,
    confidence: 'likely',
  } as const;
  const run = detail({ state: 'live', totals: { ...totals, coverage: 0.82, sharing } });
  const card = page(run, 380).split('## For a model card')[1] ?? '';
  assert.match(card, /- Note: The run still went on when this was written/);
  assert.match(
    card,
    /- Note: The GPU was shared with other programs for 01:00: about 900 kJ the run's \(likely\)/,
  );
  assert.match(card, /- Note: Readings cover 82 % of the time only\./);
  assert.match(card, /source: ".*as configured\. The run still went on .*\. Readings cover 82 %/);
  assert.doesNotMatch(page(detail(), 380), /- Note:/);
});

const line = {
  path: '/project/train.py',
  line: 27,
  name: 'step',
  samples: 90,
  energyJ: 900_000,
  idleJ: 90_000,
};
const lines = {
  sampledJ: 1_000_000,
  samples: 100,
  missedSamples: 7,
  lines: [line],
  functions: [],
  phases: [],
};
const [waiting] = detail().waste;
const modelled =
  waiting === undefined
    ? []
    : [{ ...waiting, whatIf: { energyJ: [100_000, 200_000], assumes: 'batches are ready' } as const }];
const memoryHeadroom = { usedBytes: 20 * 2 ** 30, totalBytes: 80 * 2 ** 30 };

test('what mending would save stands apart, modelled, with what it assumes; so does unused memory', () => {
  const text = page(detail({ waste: modelled, memoryHeadroom }));
  const [before = '', part = ''] = text.split('## What mending it may save, by a model\n');
  assert.doesNotMatch(before, /batches are ready|[Mm]odelled/);
  assert.match(part, /- Waiting for input\. Modelled: 100 kJ to 200 kJ less, if batches are ready\./);
  assert.match(part, /- GPU memory: 20\.0 GiB of 80\.0 GiB used at most/);
  const json = runReport(detail({ waste: modelled, memoryHeadroom }), options);
  assert.deepEqual(
    [json.memoryHeadroom, json.waste[0]?.whatIf?.assumes],
    [memoryHeadroom, 'batches are ready'],
  );
  assert.equal(runReport(detail(), options).memoryHeadroom, null);
  assert.doesNotMatch(page(detail()), /by a model/);
});

test('joules by line say what they divide and how it was measured', () => {
  assert.match(
    page(detail({ lines })),
    /## By line\n\n1\.00 MJ of 1\.08 MJ, divided by 100 samples of the main thread \(counter, band 5 %\)\. 7 more samples could not be matched/,
  );
});

test('nothing is said to be found only where it was looked for', () => {
  const { totals } = detail();
  const said = (changes: object): string =>
    page(detail({ waste: [], totals: { ...totals, ...changes } })).split('## Where the joules went')[1] ?? '';
  assert.match(said({}), /^\n\nNothing that does no useful work was found\./);
  assert.match(said({ energyJ: null, idleJ: null }), /^\n\nNot available: nothing was measured\./);
  assert.match(
    said({ idleJ: null }),
    /^\n\nNot available: the readings do not tell when the GPU stood idle\./,
  );
});

test('the comparison with the baseline is said as "perjoule compare" says it', () => {
  const side = { number: 13, simulated: false };
  const given = { baseline: side, run: side, change: -0.312, interval: [-0.33, -0.291], caveats: ['A <b>.'] };
  const said = (verdict: string): string => {
    const comparison = { ...given, verdict } as unknown as Comparison;
    const report = runReport(detail(), { ...options, comparison });
    return reportMarkdown(report).split('## Against the baseline, run 13\n\n')[1] ?? '';
  };
  assert.match(
    said('better'),
    /^less energy per step: −31\.2 % \(95 % interval −33\.0 % to −29\.1 %\)\.\n\n- A \\<b/,
  );
  assert.match(said('notComparable'), /^not comparable\.\n/);
});

test('an imported run says so in its facts and to a model card', () => {
  const text = page(detail({ imported: { format: 'zeus', file: 'a|b.csv', importedAtMs: 0 } }));
  assert.match(text, /\| Imported \| from a\\\|b\.csv \(zeus\) \|/);
  assert.match(text, /- Note: The run was imported \(zeus\)\./);
});

test('a simulated run says so at its figures and gives nothing to a model card', () => {
  const text = page(detail({ simulated: true, lines, waste: modelled }), 380);
  for (const head of text.split('\n').filter((part) => /^## |^\| .*Energy/.test(part)))
    assert.match(head, /simulated/);
  assert.doesNotMatch(text, /model card|co2_eq/);
  for (const line of text.split('\n').filter((part) => /\d (?:MJ|W)\b|J\/step/.test(part)))
    assert.match(line, /simulated/, line);
});

test('what could not be measured has its reason and is never 0', () => {
  const missing = {
    ...detail().totals,
    energyJ: null,
    idleJ: null,
    meanPowerW: null,
    missing: 'noPermission',
  } as const;
  const text = page(
    detail({ totals: { ...missing, provenance: null, coverage: 0 }, steps: null, waste: [] }),
    380,
  );
  assert.match(text, /\| Energy \| not available \(no permission to read it\) \|/);
  assert.match(text, /not available \(no steps were seen\)/);
  assert.doesNotMatch(text, /[| ]0(?:\.0+)? (?:J|W)\b|model card/);
});

test('names of markup, tables and fences stay text', () => {
  const evil = '<script>x</script> | [a](http://x) ``` \n# h\n- =1+1 ![p](http://y)';
  const [gpu] = detail().devices;
  assert.ok(gpu);
  const text = page(
    detail({
      name: evil,
      command: evil,
      devices: [{ ...gpu, name: evil }],
      waste: detail().waste.map((item) => ({
        ...item,
        evidence: evil,
        places: item.places.map((place) => ({ ...place, path: evil })),
      })),
      notices: [{ id: 'x', message: evil, remedy: evil }],
    }),
    380,
  );
  // The fence of the block's YAML holds strings of JSON only.
  const outside = text.replace(/```yaml\n[\s\S]*?\n```\n/, '');
  assert.doesNotMatch(outside, /(?<!\\)<script|(?<!\\)\]\(|(?<!\\)`|^# h|(?<!\\):\/\//m);
  assert.equal(text.split('\n').filter((line) => line === '```').length, 1);
  for (const line of text.split('\n').filter((part) => part.startsWith('| ')))
    assert.ok([2, 6].includes(line.split(/(?<!\\)\|/).length - 2), line);
});

test('a start that no date can tell is not available, and the report stands', () => {
  assert.equal(runReport(detail({ startedAtMs: 8.64e16 }), options).startedAt, null);
  assert.match(page(detail({ startedAtMs: 8.64e16 })), /\| Started \| – \|/);
});
