/** `perjoule export` and `perjoule import`: a run travels to another machine and comes back the same. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunRecord } from '../../contracts/runFile.ts';
import type { RunDetail, RunSummary } from '../../contracts/runs.ts';
import { runCli } from './runCli.ts';
import { makePlace, needsPython, type Place, python, until } from './samplerHarness.ts';

/** What must never reach a file: planted in an argument, a variable and the output. */
const secrets = ['hf_PLANTEDabcdefghijklmnop', 'hunter2planted', 'sk-plantedplantedplanted01'];

const training = `
import json, os, sys, time
def put(**fields):
    with open(os.environ["PERJOULE_SIM"], "a") as out:
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "device": 0, **fields}) + "\\n")
put(event="open", gpu="h100-sxm")
print("using ${secrets[2]}")
for step in range(1, 25):
    put(event="work", duration=0.08, intensity=0.9)
    time.sleep(0.1)
    sys.stderr.write("\\r%d/24 [00:00<00:00, 5.00it/s]" % step)
    sys.stderr.flush()
`;

async function recorded(context: TestContext): Promise<Place> {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000', PERJOULE_SIM: 'sim.jsonl' });
  writeFileSync(join(place.folder, 'train.py'), training);
  const command = [python ?? '', 'train.py', '--hf-token', secrets[0] ?? '', '--password=hunter2planted'];
  const ran = await runCli(place, ['run', '--no-check', '--', ...command]);
  assert.equal(ran.code, 0, ran.stderr);
  return place;
}

async function runsOf(place: Place): Promise<readonly RunSummary[]> {
  return JSON.parse((await runCli(place, ['runs', '--format', 'json'])).stdout) as RunSummary[];
}

interface Exported {
  readonly run: RunDetail;
  readonly stepMarks: readonly object[];
  readonly samples: readonly {
    readonly track: string;
    readonly timesMs: readonly number[];
    readonly values: object;
  }[];
}

test('a run exported as JSON or CSV and imported elsewhere has the same figures and samples', {
  skip: needsPython,
}, async (context) => {
  const home = await recorded(context);
  const [original] = await runsOf(home);
  assert.ok(original !== undefined && (original.totals.energyJ ?? 0) > 100);
  for (const format of ['json', 'csv']) {
    const file = join(home.folder, `run.${format}`);
    const wrote = await runCli(home, ['export', 'last', '--format', format, '--out', file]);
    assert.deepEqual([wrote.code, wrote.stdout, wrote.stderr], [0, '', '']);
    const text = readFileSync(file, 'utf8');
    for (const secret of secrets) assert.ok(!text.includes(secret), secret);
    const away = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
    const read = await runCli(away, ['import', file]);
    assert.equal(read.code, 0, read.stderr);
    assert.match(read.stdout, /^run 1: train\.py, .* \(imported, perjoule\)\n$/);
    const [imported] = await runsOf(away);
    assert.equal(imported?.imported?.file, `run.${format}`);
    assert.deepEqual(
      { ...imported?.totals, devices: imported?.devices.length, steps: imported?.steps },
      { ...original.totals, devices: 1, steps: original.steps },
    );
    assert.match((await runCli(away, ['runs'])).stdout, /train\.py .* imported \(perjoule\) +simulated/);
    // Out again, it is the file it came from: every sample, mark and figure.
    const again = JSON.parse((await runCli(away, ['export', '1'])).stdout) as Exported;
    const before = JSON.parse((await runCli(home, ['export', '1'])).stdout) as Exported;
    assert.deepEqual(again.samples, before.samples);
    assert.deepEqual(again.stepMarks, before.stepMarks);
    assert.deepEqual(again.run.devices, before.run.devices);
    assert.ok(before.samples.some(({ track, timesMs }) => track !== 'host' && timesMs.length > 15));
    // The same file a second time changes nothing.
    const twice = await runCli(away, ['import', file]);
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /^perjoule: train\.py is here already, as run 1; it was left as it is\.\n$/);
    assert.equal((await runsOf(away)).length, 1);
  }
});

test('a recorded run is replayed: every reading at its time, and the same joules', {
  skip: needsPython,
}, async (context) => {
  const place = await recorded(context);
  const [original] = await runsOf(place);
  const file = join(place.folder, 'run.json');
  assert.equal((await runCli(place, ['export', 'last', '--out', file])).code, 0);
  // A copy may lack the last line end.
  const text = readFileSync(file, 'utf8').trimEnd();
  writeFileSync(file, text);
  const { samples } = JSON.parse(text) as Exported;
  const told = samples.filter(({ track }) => track !== 'host').flatMap(({ timesMs }) => timesMs);
  const replayed = await runCli(place, ['sample', '--replay', file, '--hz', '20', '--format', 'jsonl']);
  assert.equal(replayed.code, 0, replayed.stderr);
  const readings = replayed.stdout
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as {
          readonly timeMs: number;
          readonly name: string;
          readonly source: string;
          readonly simulated: boolean;
        },
    );
  assert.deepEqual(
    readings.map(({ timeMs }) => timeMs),
    told.map((timeMs) => Math.round(timeMs - (told[0] ?? 0))),
  );
  const [device] = (JSON.parse(text) as Exported).run.devices;
  for (const { name, source, simulated } of readings)
    assert.deepEqual([name, source, simulated], [device?.name, 'replay', true]);
  const table = await runCli(place, ['sample', '--replay', file, '--hz', '20']);
  const lines = table.stdout.trim().split('\n').slice(1);
  assert.ok(lines.length > 15);
  for (const line of lines) assert.match(line, /replay, simulated · /);
  assert.match(lines[0] ?? '', / s {2}#0 NVIDIA H100 80GB HBM3 .* W +(?:0 J|–) /);
  assert.doesNotMatch(lines[0] ?? '', /\(si/);
  assert.notEqual(lines.at(-1)?.slice(51, 60), lines[0]?.slice(51, 60), 'joules since the first row');
  assert.match(table.stderr, /\(replay, simulated · /);
  const [, joules = '', kilo = ''] = /: ([\d.]+) (k?)J in /.exec(table.stderr) ?? [];
  const energyJ = Number(joules) * (kilo === '' ? 1 : 1000);
  assert.ok(Math.abs(energyJ / (original?.totals.energyJ ?? 0) - 1) < 0.05, table.stderr);
  // The same run as CSV, to its last reading.
  const asCsv = join(place.folder, 'run.csv');
  assert.equal((await runCli(place, ['export', 'last', '--format', 'csv', '--out', asCsv])).code, 0);
  const fromCsv = await runCli(place, ['sample', '--replay', asCsv, '--hz', '20', '--format', 'jsonl']);
  assert.equal(fromCsv.code, 0, fromCsv.stderr);
  assert.equal(fromCsv.stdout.trim().split('\n').length, readings.length);
  const missing = await runCli(place, ['sample', '--replay', join(place.folder, 'none.json')]);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /none\.json cannot be read \(ENOENT.*name a file of "perjoule export"/);
  for (const other of [
    ['--prometheus', 'http://127.0.0.1:9'],
    ['--source', 'nvml'],
  ]) {
    const { code, stderr } = await runCli(place, ['sample', '--replay', file, ...other]);
    assert.deepEqual([code, /--replay.* cannot be used with/.test(stderr)], [2, true], stderr);
  }
  writeFileSync(join(place.folder, 'broken.json'), '{"format":"perjoule-run","version":1,"run":7}\n');
  const broken = await runCli(place, ['sample', '--replay', 'broken.json']);
  assert.deepEqual([broken.code, /run is not an object/.test(broken.stderr)], [2, true], broken.stderr);
});

test('an imported run compares with one of this machine; a copy of that does not', {
  skip: needsPython,
}, async (context) => {
  const home = await recorded(context);
  const text = (await runCli(home, ['export', 'last'])).stdout;
  const renamed = (runId: string): RunRecord => {
    const record = JSON.parse(text) as RunRecord;
    return { ...record, run: { ...record.run, runId } };
  };
  const copy = renamed('copy-1');
  // As another run of the same program.
  const stepMarks = copy.stepMarks.map((mark, at) => ({
    ...mark,
    energyJ: mark.energyJ * 1.01 + at * 0.001,
  }));
  const other = { ...renamed('other-1'), stepMarks };
  for (const record of [copy, other]) {
    writeFileSync(join(home.folder, 'file.json'), JSON.stringify(record));
    assert.equal((await runCli(home, ['import', 'file.json'])).code, 0);
  }
  const refused = await runCli(home, ['compare', '1', '2', '--fail-on', 'worse']);
  assert.equal(refused.code, 2, 'no verdict');
  assert.match(
    refused.stdout,
    /Runs 1 and 2 are copies of one run: choose another one for one of the sides\./,
  );
  const compared = await runCli(home, ['compare', '1', '3']);
  assert.equal(compared.code, 0, compared.stderr);
  assert.doesNotMatch(compared.stdout, /copies of one run/);
  assert.match(compared.stdout, /Energy per step .* J\/step.* {2}.*J\/step/);
});

/** Rows in the forms that CodeCarbon 2.1 and 3.2 write; the numbers are ours. */
const codecarbon = `timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,python_version,codecarbon_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue
2025-05-30T00:15:08,fine tune,aaaa0001,5b0fa12a,208.5,0.0101,4.8e-05,45.0,120.5,70.0,0.0025,0.011,0.0038,0.0173,Nowhere,NWH,west,,,Linux,3.12.3,3.0.2,256,"CPU, 64 cores",1,1 x NVIDIA A100-SXM4-40GB,12.3456,65.4321,1007.6,machine,N,1.0
2025-05-30T00:20:08,fine tune,aaaa0001,5b0fa12a,508.5,0.0201,4.8e-05,45.0,120.5,70.0,0.0050,0.022,0.0076,0.0346,Nowhere,NWH,west,,,Linux,3.12.3,3.0.2,256,"CPU, 64 cores",1,1 x NVIDIA A100-SXM4-40GB,12.3456,65.4321,1007.6,machine,N,1.0
2025-05-31T10:00:00,no counter,aaaa0002,5b0fa12a,60,0.001,4.8e-05,45.0,0,70.0,0.0005,0,0.0007,0.0012,Nowhere,NWH,west,,,Linux,3.12.3,3.0.2,8,CPU,1,1 x Tesla M40,12.3456,65.4321,64,machine,N,1.0
`;

test("CodeCarbon's emissions.csv: joules of the GPU, the longest row of a run, 0 is no measurement", async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  writeFileSync(join(place.folder, 'emissions.csv'), codecarbon);
  const read = await runCli(place, ['import', 'emissions.csv']);
  assert.equal(read.code, 0, read.stderr);
  assert.deepEqual(read.stdout.split('\n'), [
    'run 1: fine tune, 79.2 kJ, 08:28 (imported, codecarbon)',
    'run 2: no counter, –, 01:00 (imported, codecarbon)',
    '',
  ]);
  const [second, first] = await runsOf(place);
  assert.equal(first?.totals.energyJ, 0.022 * 3.6e6);
  assert.deepEqual(
    [first?.totals.provenance?.source, first?.totals.provenance?.quality],
    ['codecarbon', 'estimated'],
  );
  assert.deepEqual([second?.totals.energyJ, second?.totals.missing], [null, 'notSupported']);
  const file = (await runCli(place, ['export', '1'])).stdout;
  assert.doesNotMatch(file, /12\.3456|65\.4321|Nowhere/);
});

test("Zeus' log: the window around all others is the run, the one that repeats its steps", async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  const steps = Array.from(
    { length: 40 },
    (_, step) => `${1_750_000_000 + step},step,0.9,${40 + (step % 2)},20`,
  );
  const rows = [
    'start_time,window_name,elapsed_time,gpu0_energy,gpu1_energy',
    ...steps,
    '1750000000.0,training,41.0,2000.5,1000.25',
  ];
  writeFileSync(join(place.folder, 'zeus.csv'), `${rows.join('\n')}\n`);
  const read = await runCli(place, ['import', 'zeus.csv']);
  assert.equal(read.code, 0, read.stderr);
  assert.match(read.stdout, /^run 1: training, 3\.00 kJ, 00:41 \(imported, zeus\)$/m);
  const [run] = await runsOf(place);
  assert.equal(run?.totals.energyJ, 3000.75);
  assert.equal(run?.steps?.count, 40);
  assert.ok(Math.abs((run?.steps?.perStepJ ?? 0) - 60.5) < 0.1, `${run?.steps?.perStepJ}`);
  // Windows side by side add up, and what lies between them is said to be missing.
  writeFileSync(join(place.folder, 'apart.csv'), `${rows[0]}\n100,a,10,50,50\n120,b,10,30,30\n`);
  assert.match((await runCli(place, ['import', 'apart.csv'])).stdout, /^run 2: a, 160 J, 00:30/);
  assert.ok(Math.abs(((await runsOf(place))[0]?.totals.coverage ?? 0) - 2 / 3) < 1e-6);
});

test('a broken or foreign file imports nothing and says where it is wrong', {
  skip: needsPython,
}, async (context) => {
  const home = await recorded(context);
  const good = (await runCli(home, ['export', 'last'])).stdout;
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  const change = (from: RegExp, to: string): string => {
    assert.match(good, from);
    return good.replace(from, to);
  };
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['not.json', '{"a": 1}', /does not say that it is a Perjoule run/],
    ['cut.json', good.slice(0, good.length / 2), /is not JSON/],
    [
      'later.json',
      change(/"version":1/, '"version":2'),
      /has version 2, this Perjoule reads version 1; update/,
    ],
    ['text.json', change(/"energyJ":[\d.]+/, '"energyJ":"much"'), /run\.totals\.energyJ is not a number/],
    ['minus.json', change(/"energyJ":[\d.]+/, '"energyJ":-5'), /run\.totals\.energyJ is not a number from 0/],
    ['far.json', change(/"startedAtMs":\d+/, '"startedAtMs":8.64e16'), /start, .* is no date; correct /],
    ['much.json', change(/"energyJ":[\d.]+/, '"energyJ":1e300'), /energyJ is more than the run's GPUs can/],
    ['time.json', change(/"timesMs":\[/, '"timesMs":[9e9,'), /samples\[0\]\.timesMs does not ascend/],
    ['path.json', change(/"runId":"[^"]+"/, '"runId":"../../x y"'), /run\.runId is not an id/],
    [
      'rows.csv',
      'start_time,window_name,elapsed_time,gpu0_energy\n1,a\n2,b,1,1\n',
      /Line 2 has 2 cells where the header names 4/,
    ],
    [
      'nested.csv',
      'start_time,window_name,elapsed_time,gpu0_energy\n1,a,10,5\n5,b,10,5\n',
      /windows overlap/,
    ],
    ['photo.png', '\u0089PNG\r\n', /none of the known forms/],
    ['empty.json', '', /none of the known forms/],
  ];
  for (const [name, text, why] of broken) {
    writeFileSync(join(place.folder, name), text);
    const { code, stdout, stderr } = await runCli(place, ['import', name]);
    assert.deepEqual([code, stdout], [2, ''], name);
    assert.match(stderr, why, name);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
  assert.equal((await runCli(place, ['import', 'missing.json'])).code, 2);
  assert.deepEqual(await runsOf(place), []);
  // A file from outside may try to steer the terminal or hold a secret of its own.
  const hostile = change(/"command":"[^"]*"/, '"command":"x \\u001b[2J --api-key planted-value-123"');
  writeFileSync(join(place.folder, 'hostile.json'), hostile);
  assert.equal((await runCli(place, ['import', 'hostile.json'])).code, 0);
  assert.equal((await runsOf(place))[0]?.command, 'x  --api-key •••');
});

test('no such run and a place that cannot be written are one line and status 2, without a half file', async (context) => {
  const place = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  const none = await runCli(place, ['export', '7']);
  assert.deepEqual([none.code, none.stdout], [2, '']);
  writeFileSync(
    join(place.folder, 'zeus.csv'),
    'start_time,window_name,elapsed_time,gpu0_energy\n1,a,10,5\n',
  );
  assert.equal((await runCli(place, ['import', 'zeus.csv'])).code, 0);
  const wrong = await runCli(place, ['export', '1', '--out', 'no/such/folder.json']);
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /^perjoule: no\/such\/folder\.json cannot be written .*; choose another place with --out\.\n$/,
  );
  // A file that is there stays as it is until somebody says otherwise.
  writeFileSync(join(place.folder, 'notes.json'), 'mine');
  const kept = await runCli(place, ['export', '1', '--out', 'notes.json']);
  assert.deepEqual(
    [kept.code, kept.stdout, kept.stderr],
    [2, '', 'perjoule: notes.json is there already; --force replaces it.\n'],
  );
  assert.equal(readFileSync(join(place.folder, 'notes.json'), 'utf8'), 'mine');
  assert.equal((await runCli(place, ['export', '1', '--out', 'notes.json', '--force'])).code, 0);
  assert.match(readFileSync(join(place.folder, 'notes.json'), 'utf8'), /^\{"format":"perjoule-run"/);
  assert.deepEqual(
    readdirSync(place.folder).filter((name) => name.includes('part')),
    [],
  );
});

test('run --out: the file is readable while the run goes on, whole at its end, and replaces another only when told to', {
  skip: needsPython,
}, async (context) => {
  const home = makePlace(context, { PERJOULE_GRACE_MS: '4000', PERJOULE_SIM: 'sim.jsonl' });
  const away = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  writeFileSync(join(home.folder, 'train.py'), training.replace('range(1, 25)', 'range(1, 81)'));
  const file = join(home.folder, 'live.jsonl');
  const command = ['run', '--no-check', '--out', 'live.jsonl', '--', python ?? '', 'train.py'];
  const running = runCli(home, command);
  const early = await until('a part that can be read', async () => {
    const read = await runCli(away, ['import', file]);
    return read.code === 0 ? read.stdout : null;
  });
  assert.match(early, /^run 1: train\.py, .* \(imported, perjoule\)/);
  const [part] = await runsOf(away);
  assert.equal(part?.state, 'interrupted');
  const ended = await running;
  assert.equal(ended.code, 0, ended.stderr);
  assert.doesNotMatch(ended.stderr, /not written/);
  const elsewhere = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  assert.equal((await runCli(elsewhere, ['import', file])).code, 0);
  const [whole] = await runsOf(elsewhere);
  const [original] = await runsOf(home);
  assert.ok((part?.durationMs ?? 0) < (original?.durationMs ?? 0));
  assert.deepEqual([whole?.state, whole?.totals], ['ended', original?.totals]);
  const there = JSON.parse((await runCli(elsewhere, ['export', '1'])).stdout) as Exported;
  const here = JSON.parse((await runCli(home, ['export', '1'])).stdout) as Exported;
  assert.deepEqual(there.samples, here.samples);
  // A line that was cut in the middle of writing does not spoil the rest.
  writeFileSync(join(home.folder, 'torn.jsonl'), `${readFileSync(file, 'utf8')}{"samples":[{"track":"ho`);
  const torn = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  assert.equal((await runCli(torn, ['import', join(home.folder, 'torn.jsonl')])).code, 0);
  const again = await runCli(home, command);
  assert.deepEqual([again.code, again.stdout], [2, '']);
  assert.match(again.stderr, /^perjoule: live\.jsonl is there already; --force replaces it\.\n$/);
  writeFileSync(join(home.folder, 'train.py'), training);
  const replaced = await runCli(home, ['run', '--force', ...command.slice(1)]);
  assert.equal(replaced.code, 0, replaced.stderr);
  const newer = makePlace(context, { PERJOULE_GRACE_MS: '4000' });
  assert.equal((await runCli(newer, ['import', file])).code, 0);
  const [second] = await runsOf(newer);
  assert.ok((second?.durationMs ?? 0) < (original?.durationMs ?? 0), 'the later, shorter run is in the file');
  assert.deepEqual(
    readdirSync(home.folder).filter((name) => name.endsWith('.part')),
    [],
  );
});
