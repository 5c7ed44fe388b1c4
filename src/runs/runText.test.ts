import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { runDescription, runFacts, runOutcome, runTitle } from './runText.ts';

const run: RunSummary = {
  runId: 'r1',
  number: 14,
  name: 'train.py',
  command: 'python train.py',
  cwd: '/home/me',
  script: '/home/me/train.py',
  origin: 'terminal',
  state: 'ended',
  startedAtMs: 0,
  durationMs: 133_000,
  exitCode: 0,
  devices: [],
  simulated: true,
  totals: {
    energyJ: 81_400,
    missing: null,
    method: 'counter',
    witnessJ: null,
    idleJ: 30_900,
    durationMs: 133_000,
    coverage: 1,
    meanPowerW: 612,
    provenance: { source: 'simulated', quality: 'counter', simulated: true, band: 0.05 },
  },
  steps: { count: 2_000, total: null, perStepJ: 39.8, spreadJ: 0.6, stepsPerSecond: 15 },
  pid: 1,
};

test('a run is described by its absolute figure beside the one per step, and says how good it is', () => {
  assert.equal(runTitle(run), 'train.py · run 14');
  assert.equal(runDescription(run), '81.4 kJ · 39.8 J/step · 02:13 · simulated · counter, band 5 %');
  assert.ok(runFacts(run).some(([, value]) => value === 'simulated · counter, band 5 %'));
});

test('what is not known is a dash, never 0', () => {
  const unmeasured = { ...run, steps: null, totals: { ...run.totals, energyJ: null, provenance: null } };
  assert.equal(runDescription(unmeasured), '– · 02:13 · simulated');
});

test('the grid zone stands among the details where one was named', () => {
  const setting = { interpreter: null, git: null, timeZone: 'Europe/Berlin' };
  const zoneOf = (gridZone?: string): string | undefined => {
    const named = { ...setting, ...(gridZone === undefined ? {} : { gridZone }) };
    return runFacts({ ...run, setting: named }).find(([label]) => label === 'Grid zone')?.[1];
  };
  assert.equal(zoneOf('DE'), 'DE');
  assert.equal(zoneOf(), undefined);
});

test('an end that nobody saw is not called a success', () => {
  assert.equal(runOutcome({ ...run, exitCode: null }), 'ended');
  assert.equal(
    runOutcome({ ...run, state: 'interrupted', exitCode: null }),
    'interrupted: its end was not seen',
  );
  assert.equal(runOutcome({ ...run, exitCode: 137 }), 'failed with exit code 137');
});

test('what of a shared GPU is the run’s, and the energy at the wall, stand beside the energy and never in its place', () => {
  const shared: RunSummary = {
    ...run,
    totals: {
      ...run.totals,
      sharing: { sharedMs: 60_000, runJ: 61_400, othersJ: 15_000, unattributedJ: 5000, confidence: 'likely' },
      wall: { energyJ: 101_000, gain: 1.08, offsetW: -20 },
    },
  };
  assert.match(runDescription(shared), /^81\.4 kJ · .* · GPU shared$/);
  const facts = new Map(runFacts(shared));
  assert.match(facts.get('Energy') ?? '', /^81\.4 kJ/);
  assert.equal(facts.get('At the wall'), '101 kJ by your own wall meter (× 1.08 − 20 W)');
  assert.equal(
    facts.get('Shared'),
    "shared with other programs for 01:00: about 61.4 kJ the run's (likely), 15.0 kJ of others, 5.00 kJ unattributed",
  );
  assert.ok(!new Map(runFacts(run)).has('At the wall'));
});

test('a start that no date can tell is a dash', () => {
  const started = new Map(runFacts({ ...run, startedAtMs: 8.64e16 })).get('Started');
  assert.equal(started, '–');
});
