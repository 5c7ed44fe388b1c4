import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunDetail } from '../../contracts/runs.ts';
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

test('a simulated run says so at its figures and gives nothing to a model card', () => {
  const text = page(detail({ simulated: true }), 380);
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
