/** `compare`, `baseline`, `savings` and `report` on runs of a store and of files: no program is started to make them. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunReport } from '../../contracts/report.ts';
import type { SavingsLedger } from '../../contracts/savings.ts';
import { type Recorded, runFile } from '../recordedRun.ts';
import { runCli } from './runCli.ts';
import { makePlace, type Place } from './samplerHarness.ts';
import { storeRuns } from './storedRuns.ts';

const hostile =
  '=HYPERLINK("http://x")<img src=x onerror=alert(1)>|[a](http://y)**b**`c`,@SUM(1)\u001b[2J\u009b31m';

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
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  // Later than any pin of this test.
  const later = (hours: number): number => Date.now() + hours * 3_600_000;
  storeRuns(place, [
    { id: 'before', perStepJ: 40 },
    { id: 'after', perStepJ: 30, startedAtMs: later(1) },
    { id: 'worse', perStepJ: 48, startedAtMs: later(2) },
    { id: 'sim-before', perStepJ: 400, simulated: true },
    { id: 'sim-after', perStepJ: 100, simulated: true, startedAtMs: later(3) },
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
  const [saving] = real.savings;
  const savedJ = real.savedJ ?? 0;
  assert.ok(saving !== undefined && saving.steps < 200, 'without warm-up');
  assert.ok(Math.abs(savedJ / saving.steps - 10) < 1.5, `${savedJ} of ${saving.steps}`);
  assert.ok((real.savedWithinJ?.[0] ?? 0) < savedJ && savedJ < (real.savedWithinJ?.[1] ?? 0));
  const usedJ = real.usedJ ?? 0;
  assert.ok(Math.abs(usedJ - 200 * (40 + 30 + 48)) < 0.05 * usedJ, `${usedJ}`);
  assert.deepEqual(
    [real.simulated, real.savings.map(({ run }) => run.number), simulated.simulated],
    [false, [2], true],
  );
  assert.ok((simulated.savedJ ?? 0) > 20 * savedJ, 'far more, and in no sum of the real ones');
  const text = (await ask('savings')).stdout;
  assert.match(
    text,
    /^\/project: [\d.]+ kJ \([\d.]+ m?Wh\) saved, 95 % interval .*; [\d.]+ kJ \([\d.]+ Wh\) used by 3 runs$/m,
  );
  assert.match(text, /saved \(simulated\)/);
  assert.equal((await ask('baseline', '1', '--off')).stdout, 'run 1 (train.py) is no baseline any more.\n');
  const again = await ask('baseline', '1', '--off');
  assert.deepEqual(
    [again.code, again.stdout],
    [0, 'run 1 (train.py) was no baseline; nothing was changed.\n'],
  );
  const without = JSON.parse((await ask('savings', '--format', 'json')).stdout) as SavingsLedger;
  assert.equal(without.projects[0]?.savedJ, null);
});

test('deleting a baseline makes no saving greater, and taking that back is as before', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  const atDay = (day: number): { startedAtMs: number } => ({ startedAtMs: Date.UTC(2026, 0, day) });
  storeRuns(place, [
    { id: 'oldest', perStepJ: 60, ...atDay(1), pinnedAtMs: Date.UTC(2026, 0, 2) },
    { id: 'before', perStepJ: 40, ...atDay(3), pinnedAtMs: Date.UTC(2026, 0, 4) },
    { id: 'after', perStepJ: 30, ...atDay(5) },
  ]);
  const saved = async () => {
    const { stdout } = await runCli(place, ['savings', '--format', 'json']);
    const [project] = (JSON.parse(stdout) as SavingsLedger).projects;
    return project?.savings.map(({ run, baseline }) => [run.number, baseline.number]);
  };
  const client = await place.connect();
  const all = await saved();
  assert.deepEqual(all, [
    [3, 2],
    [2, 1],
  ]);
  await client.request('deleteRun', { runId: 'before' });
  assert.deepEqual(await saved(), []);
  assert.match(
    (await runCli(place, ['savings'])).stdout,
    /\n {2}1 run is held against nothing:\n {4}train\.py, run 3 against run 2\. Its baseline was deleted\.\n/,
  );
  await client.request('restoreRun', { runId: 'before' });
  assert.deepEqual(await saved(), all);
});

test('an imported run and a pin that came afterwards are told, and prove nothing', async (context) => {
  const place = await placeWith(context, [
    { id: 'before', perStepJ: 40, name: hostile },
    { id: 'after', perStepJ: 30, name: hostile },
  ]);
  await runCli(place, ['baseline', '1']);
  const { stdout } = await runCli(place, ['savings']);
  assert.match(stdout, /^Nothing is proven yet\. Of 1 run held against a pinned baseline: 1 needed less/);
  assert.match(stdout, /no saving proven; use not available of 0 runs, 2 more imported, in no figure here\n/);
  assert.match(stdout, /run 2 against run 1\. Run 2 was imported: this machine did not measure it\.\n/);
  const client = await place.connect();
  const [, before] = await client.request('listRuns', { limit: 5 });
  assert.ok(Math.abs((before?.pinnedAtMs ?? 0) - Date.now()) < 60_000);
  // A second pin changes nothing of the first; one that was taken away begins anew.
  const pin = async (baseline: boolean) =>
    (await client.request('labelRun', { runId: 'before', labels: { baseline } }))?.pinnedAtMs;
  assert.equal(await pin(true), before?.pinnedAtMs);
  assert.equal(await pin(false), null);
  assert.ok(((await pin(true)) ?? 0) > (before?.pinnedAtMs ?? 0));
  const [, again] = await client.request('listRuns', { limit: 5 });
  assert.deepEqual(
    again?.pastPins?.map(({ fromMs, toMs }) => [fromMs, toMs > fromMs]),
    [[before?.pinnedAtMs, true]],
  );
});

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
    assert.doesNotMatch((await ask(...args)).stdout, /[\u001b\u009b]|2J|31m/, args.join(' '));
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

test('several runs against several: the spread between runs decides, and a run stands on one side only', async (context) => {
  const side = (name: string, perStepJ: number): Recorded[] =>
    [0, 1, 2].map((at) => ({ id: `${name}-${at}`, perStepJ: perStepJ + at * 0.1 }));
  const place = await placeWith(context, [...side('before', 40), ...side('after', 36)]);
  const ask = (...args: readonly string[]) => runCli(place, ['compare', ...args]);
  const both = ['--a', '1', '2', '3', '--b', '4', '5', '6'];
  const { code, stdout } = await ask(...both, '--format', 'json', '--fail-on', 'worse');
  assert.equal(code, 0);
  const { sides } = JSON.parse(stdout) as { sides: { verdict: string; change: number } };
  assert.equal(sides.verdict, 'better');
  assert.ok(Math.abs(sides.change + 0.1) < 0.04, String(sides.change));
  assert.match((await ask(...both)).stdout, /runs 1, 2, 3 +runs 4, 5, 6\n[\s\S]*less energy per step: −\d/);
  assert.match(
    (await ask(...both, '--format', 'markdown')).stdout,
    /^\| {2}\| runs 1, 2, 3 \| runs 4, 5, 6 \|\n/,
  );
  assert.equal((await ask('--a', '4', '5', '6', '--b', '1', '2', '3', '--fail-on', 'worse')).code, 1);
  // The page that the editor shows for runs selected in its list.
  const client = await place.connect();
  context.after(() => client.close());
  const { markdown } = await client.request('sidesReport', {
    baselineRunIds: ['before-0', 'before-1', 'before-2'],
    runIds: ['after-0', 'after-1', 'after-2'],
  });
  assert.match(
    markdown,
    /^# Several runs[^\n]*\n\n\| {2}\| runs 1, 2, 3 \| runs 4, 5, 6 \|\n[\s\S]*less energy per step/,
  );
  assert.match(markdown, /\| Quality \| counter/);
  for (const [args, why] of [
    [['--a', '1', '2', '3', '--b', '4'], /a side needs two runs or more/],
    [['--a', '1', '2'], /a side needs two runs or more/],
    [['--a', '1', '2', '--b', '2', '3'], /run 2 stands on both sides; leave it out/],
    [['5', '--a', '1', '2', '--b', '3', '4'], /either alone or with --a and --b/],
    [['--a', '1', '9', '--b', '3', '4'], /there is no run "9"/],
  ] as const) {
    const refused = await ask(...args);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, why);
  }
});
