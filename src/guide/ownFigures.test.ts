import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RunDetail } from '../../contracts/runs.ts';
import type { WasteItem } from '../../contracts/waste.ts';
import { ownFigures } from './ownFigures.ts';

const provenance = { source: 'simulated', quality: 'counter', simulated: true, band: 0.05 } as const;
const item = (changes: Partial<WasteItem>): WasteItem => ({
  kind: 'inputWait',
  energyJ: 24_000,
  share: 0.24,
  durationMs: 1,
  certainty: 'likely',
  evidence: '',
  places: [],
  ...changes,
});
const run = (changes: Partial<RunDetail> = {}): RunDetail => ({
  runId: 'a',
  number: 14,
  name: 'train.py',
  command: 'python train.py',
  cwd: '/p',
  script: null,
  origin: 'terminal',
  state: 'ended',
  startedAtMs: 0,
  durationMs: 120_000,
  exitCode: 0,
  devices: [],
  simulated: true,
  totals: {
    energyJ: 100_000,
    missing: null,
    method: 'counter',
    witnessJ: null,
    idleJ: 30_000,
    durationMs: 120_000,
    coverage: 1,
    meanPowerW: 833,
    provenance,
  },
  steps: null,
  pid: 1,
  waste: [item({}), item({ kind: 'hostSync', energyJ: 8000, share: 0.08, windows: [[0, 60_000]] })],
  gaps: [],
  notices: [],
  hints: [],
  ...changes,
});
const text = (...given: Parameters<typeof ownFigures>): string => ownFigures(...given).join('\n');

describe('the own run on a page', () => {
  test('each kind and the rest with share and joules, how good they are, and which the page is about', () => {
    const page = text({ run: run(), powerW: [100, 400, null, 200] }, 'inputWait');
    assert.match(page, /run 14 · train\.py · 02:00 · 100 kJ · simulated · counter, band 5 %/);
    assert.match(page, /Waiting for input +█{7}░{23} +24 % +24\.0 kJ {2}← this page/);
    assert.match(page, /Host sync in the step +█{2}░{28} +8\.0 % +8\.00 kJ$/m);
    assert.match(page, /the rest: .* +68 % +68\.0 kJ$/m);
    assert.match(page, /power {2}\|▂█\?▄\| {2}up to 400 W, over 02:00; \? is time without/);
    assert.match(page, /Certainty: likely\./);
  });

  test('shows when it was', () => {
    assert.match(text({ run: run(), powerW: [] }, 'hostSync'), /^this {3}\|█{30} {30}\| {2}when it was$/m);
  });

  test('a kind that the run does not show is said not to have been seen', () => {
    assert.match(text({ run: run(), powerW: [] }, 'throttling'), /“Slowed by heat or hardware” was not seen/);
    assert.doesNotMatch(text({ run: run(), powerW: [] }, null), /not seen|this page/);
  });

  test('without a measured run it says so, and shows no figure', () => {
    const none = run({ totals: { ...run().totals, energyJ: null } });
    for (const own of [null, { run: none, powerW: [1, 2] }]) {
      const page = text(own, 'inputWait');
      assert.match(page, /None to show: nothing has been measured/);
      assert.doesNotMatch(page, /\d/);
    }
  });

  test('a name with markup, lines or a fence stays in its line', () => {
    const page = text({ run: run({ name: 'a\n```\n# owned\u202e<b>' }), powerW: [] }, null);
    assert.equal(page.match(/^```/gm)?.length, 2);
    assert.doesNotMatch(page, /^# owned/m);
  });
});
