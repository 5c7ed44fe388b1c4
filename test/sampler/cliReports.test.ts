/** `compare`, `baseline`, `savings` and `report` on runs that come from files: no program is started to make them. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunReport } from '../../contracts/report.ts';
import type { SavingsLedger } from '../../contracts/savings.ts';
import { type Recorded, runFile } from '../recordedRun.ts';
import { runCli } from './runCli.ts';
import { makePlace, type Place } from './samplerHarness.ts';

async function placeWith(context: TestContext, runs: readonly Recorded[]): Promise<Place> {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  for (const [at, run] of runs.entries()) {
    writeFileSync(join(place.folder, `${run.id}.json`), runFile(run, at));
    const read = await runCli(place, ['import', `${run.id}.json`]);
    assert.equal(read.code, 0, read.stderr);
  }
  return place;
}

test('a pinned baseline, a verdict for a pipeline, and the saving in the ledger beside all that was used', async (context) => {
  const place = await placeWith(context, [
    { id: 'before', perStepJ: 40 },
    { id: 'after', perStepJ: 30 },
    { id: 'worse', perStepJ: 48 },
    { id: 'sim-before', perStepJ: 400, simulated: true },
    { id: 'sim-after', perStepJ: 100, simulated: true },
  ]);
  const ask = (...args: readonly string[]) => runCli(place, args);
  assert.match(
    (await ask('savings')).stdout,
    /^No run is pinned as a baseline yet\. Pin the run before a change/,
  );
  assert.equal(
    (await ask('baseline', '1')).stdout,
    'run 1 (train.py) is the baseline of the later runs of its script.\n',
  );
  assert.equal((await ask('baseline', '4')).code, 0);

  const several = await ask('compare', '1', '2', '3', '--format', 'json', '--fail-on', 'worse');
  assert.equal(several.code, 1);
  const { comparisons } = JSON.parse(several.stdout) as {
    comparisons: readonly { verdict: string; run: object }[];
  };
  assert.deepEqual(
    comparisons.map(({ verdict }) => verdict),
    ['better', 'worse'],
  );
  const alone = await ask('compare', '2', '--fail-on', 'worse');
  assert.equal(alone.code, 0);
  assert.match(alone.stdout, /run 1 train\.py +run 2 train\.py\n[\s\S]*less energy per step: −2\d\.\d %/);
  assert.equal(
    (await ask('compare', '1', '5', '--fail-on', 'worse')).code,
    2,
    'simulated and real have no verdict',
  );

  const ledger = JSON.parse((await ask('savings', '--format', 'json')).stdout) as SavingsLedger;
  const [real, simulated] = ledger.projects;
  assert.ok(real !== undefined && simulated !== undefined && ledger.projects.length === 2);
  // 200 steps at some 10 J less each.
  assert.ok(real.savedJ > 1700 && real.savedJ < 2300, `${real.savedJ}`);
  assert.ok(real.savedWithinJ[0] < real.savedJ && real.savedJ < real.savedWithinJ[1]);
  assert.ok(Math.abs(real.usedJ - 200 * (40 + 30 + 48)) < 0.05 * real.usedJ, `${real.usedJ}`);
  assert.deepEqual(
    [real.simulated, real.savings.map(({ run }) => run.number), simulated.simulated],
    [false, [2], true],
  );
  assert.ok(simulated.savedJ > 20 * real.savedJ, 'far more, and in no sum of the real ones');
  const text = (await ask('savings')).stdout;
  assert.match(
    text,
    /^\/project: [\d.]+ kJ \([\d.]+ m?Wh\) saved, 95 % interval .*; [\d.]+ kJ \([\d.]+ Wh\) used by 3 runs$/m,
  );
  assert.match(text, /saved \(simulated\)/);
  await ask('baseline', '1', '--off');
  const without = JSON.parse((await ask('savings', '--format', 'json')).stdout) as SavingsLedger;
  assert.equal(without.projects[0]?.savedJ, 0);
});

const hostile = '=HYPERLINK("http://x")<img src=x onerror=alert(1)>|[a](http://y)**b**`c`,@SUM(1)\u001b[2J';

test('a report in Markdown and JSON; a name of HTML, Markdown and formulas stays text in all that is printed', async (context) => {
  const place = await placeWith(context, [
    { id: 'before', perStepJ: 40, name: hostile },
    { id: 'after', perStepJ: 30, name: hostile },
  ]);
  const ask = (...args: readonly string[]) => runCli(place, args);
  await ask('baseline', '1');
  const report = await ask('report', 'last', '--intensity', '380');
  assert.equal(report.code, 0, report.stderr);
  assert.match(report.stdout, /^# Run 2: \\=HYPERLINK/);
  assert.match(report.stdout, /## Against the baseline, run 1\n\nless energy per step: −2\d\.\d %/);
  assert.match(report.stdout, /co2_eq_emissions:\n {2}emissions: 0\.\d+/);
  const json = JSON.parse((await ask('report', 'last', '--format', 'json')).stdout) as RunReport;
  assert.equal(json.energyBlock?.co2EqEmissions, null);
  assert.ok(Math.abs((json.energyBlock?.energyKWh ?? 0) - (200 * 30) / 3.6e6) < 1e-4);
  const pages = [
    report.stdout,
    (await ask('compare', '1', '2', '--format', 'markdown')).stdout,
    (await ask('savings', '--format', 'markdown')).stdout,
  ];
  for (const page of pages) {
    assert.ok(page.includes('HYPERLINK'));
    assert.doesNotMatch(page, /(?<!\\)<img|(?<!\\)\]\(|\*\*b\*\*|(?<!\\)`c|(?<!\\):\/\/|\u001b/);
  }
  for (const args of [['runs'], ['compare', '1', '2'], ['savings'], ['baseline', '2']])
    assert.doesNotMatch((await ask(...args)).stdout, /\u001b/, args.join(' '));
  const csv = (await ask('export', '2', '--format', 'csv')).stdout;
  assert.doesNotMatch(csv, /[=@](?:HYPERLINK|SUM)/);

  // A file that is there already is replaced by nobody.
  writeFileSync(join(place.folder, 'r.md'), 'mine');
  const kept = await ask('report', '2', '--out', 'r.md');
  assert.deepEqual([kept.code, kept.stderr], [2, 'perjoule: r.md is there already; --force replaces it.\n']);
  assert.equal(readFileSync(join(place.folder, 'r.md'), 'utf8'), 'mine');
  assert.equal((await ask('report', '2', '--out', 'new.md')).code, 0);
  assert.ok(existsSync(join(place.folder, 'new.md')));
  assert.equal(statSync(join(place.folder, 'new.md')).mode & 0o777, 0o600);
  assert.equal((await ask('report', '7')).code, 2);
  assert.equal((await ask('report', '2', '--intensity', 'much')).code, 2);
});
