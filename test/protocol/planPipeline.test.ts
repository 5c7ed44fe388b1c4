/** `perjoule plan pipeline`, through the product's own bundle. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { PlannerAnswer, PlannerRequest } from '../../contracts/pipelinePlan.ts';
import { randomProfile } from '../../insight/plan/pipeline/testing/randomProfile.ts';
import { createRandom } from '../../insight/testing/random.ts';
import {
  frontierRows,
  leastEnergyDifference,
  profilePath,
  profileText,
  publishedFrontier,
  publishedShape,
} from '../perseus/reference.ts';
import { type CommandLine, commandLine } from './commandLine.ts';

let cli: CommandLine;
before(async () => {
  cli = await commandLine();
});
after(() => cli.remove());

const published = [
  '--stages',
  '8',
  '--microbatches',
  '12',
  '--blocking-power',
  '83.64',
  '--unit-time',
  '0.001',
];

test('the published profile gives the published frontier', async () => {
  const { code, out, err } = await cli.run([
    'plan',
    'pipeline',
    profilePath,
    ...published,
    '--format',
    'csv',
  ]);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^time,energy\n3\.456,5736\.\d+\n/);
  const rows = frontierRows(out);
  assert.equal(rows.length, 639);
  assert.ok(leastEnergyDifference(rows, publishedFrontier()) <= 0.002);
});

interface PlanJson {
  readonly version: number;
  readonly quality: string;
  readonly allHighest: { readonly time: number; readonly energy: number };
  readonly fastest: { readonly time: number; readonly savedShare: number };
  readonly leastEnergy: { readonly time: number };
  readonly straggler: {
    readonly time: number;
    readonly planned: { readonly energy: number };
    readonly savedShare: number;
  };
  readonly frontier: readonly { readonly time: number; readonly energy: number }[];
  readonly plan: {
    readonly time: number;
    readonly operations: readonly Record<string, number | string | boolean>[];
  };
}

test('JSON says how much is saved, beside a straggler too, and the frequency of every operation', async () => {
  const energies: number[] = [];
  for (const factor of ['1.1', '1.2', '1.5']) {
    const args = ['plan', 'pipeline', profilePath, ...published, '--straggler', factor, '--format', 'json'];
    const { code, out, err } = await cli.run(args);
    assert.deepEqual([code, err], [0, '']);
    const data = JSON.parse(out) as PlanJson;
    assert.equal(data.version, 1);
    assert.match(data.quality, /modelled/);
    assert.deepEqual([data.fastest.time, data.allHighest.time, data.leastEnergy.time], [2.818, 2.818, 3.187]);
    assert.equal((100 * data.fastest.savedShare).toFixed(2), '15.20');
    assert.equal(data.frontier.length, 639);
    assert.ok(data.plan.time <= data.straggler.time);
    assert.equal(data.plan.operations.length, 192);
    energies.push(data.straggler.planned.energy);
  }
  assert.deepEqual(
    energies,
    energies.toSorted((a, b) => b - a),
  );
});

test('the plan as a file: one row an operation, in the order of each stage', async () => {
  const args = [
    'plan',
    'pipeline',
    profilePath,
    ...published,
    '--straggler',
    '1.2',
    '--plan',
    'operations.csv',
  ];
  const { code, err } = await cli.run(args);
  assert.equal(code, 0);
  assert.match(
    err,
    /^perjoule: beside a straggler of 1\.2 × \(3\.382 s\) the others take 3\.187 s and save 25 % .*\(modelled\)\.\n$/,
  );
  const lines = (await readFile(join(cli.folder, 'operations.csv'), 'utf8')).trimEnd().split('\n');
  assert.equal(lines.length, 193);
  assert.equal(lines[0], 'stage,instruction,microbatch,frequency,start,time,energy,critical');
  assert.match(lines[1] ?? '', /^0,forward,0,\d{4},0,0\.0\d\d,\d+\.\d+,(true|false)$/);

  await cli.write({ 'operations.csv': 'mine' });
  const again = await cli.run(args);
  assert.deepEqual(
    [again.code, again.out, again.err],
    [2, '', 'perjoule: operations.csv is there already; --force replaces it.\n'],
  );
  assert.equal(await readFile(join(cli.folder, 'operations.csv'), 'utf8'), 'mine');
  assert.equal((await cli.run([...args, '--force'])).code, 0);
  assert.deepEqual((await readFile(join(cli.folder, 'operations.csv'), 'utf8')).trimEnd().split('\n'), lines);
  const nowhere = await cli.run([...args.slice(0, -1), 'none/operations.csv']);
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /none\/operations\.csv cannot be written .*choose another place with --plan/);
});

test('other profiles: other stages, gaps, noise that is told', async () => {
  const random = createRandom(11);
  let points = 0;
  for (const stages of [1, 3, 5]) {
    await cli.write({ 'profile.csv': randomProfile(random, stages, 0.02) });
    const shape = ['--stages', String(stages), '--microbatches', '6', '--blocking-power', '0'];
    const { code, out } = await cli.run(['plan', 'pipeline', 'profile.csv', ...shape]);
    assert.equal(code, 0);
    const energies = frontierRows(out).map(([, energyJ]) => energyJ);
    points += energies.length;
    assert.deepEqual(
      energies,
      energies.toSorted((a, b) => a - b),
      'without a cost of waiting, faster is dearer',
    );
  }
  assert.ok(points > 100, `${points} points`);
  const bent = [40, 39.8, 39.5, 39, 20].map(
    (energyJ, at) => `${1400 - 100 * at},${0.05 + 0.005 * at},${energyJ}`,
  );
  const rows = bent.flatMap((row) => [`0,forward,${row}`, `0,backward,${row}`]);
  await cli.write({ 'bent.csv': `stage,instruction,frequency,time,energy\n${rows.join('\n')}\n` });
  const shape = ['--stages', '1', '--microbatches', '2', '--blocking-power', '50'];
  const { code, err } = await cli.run(['plan', 'pipeline', 'bent.csv', ...shape]);
  assert.equal(code, 0);
  assert.match(
    err,
    /^perjoule: a measurement of stage 0 forward lies \d+ % off its fitted curve, the worst of 2 such operations; measure over more repetitions\.\n/,
  );
  const fewer = await cli.run([
    'plan',
    'pipeline',
    profilePath,
    '--stages',
    '2',
    '--microbatches',
    '3',
    '--blocking-power',
    '70',
  ]);
  assert.equal(fewer.err, 'perjoule: the profile has 8 stages; those from 2 on are left out.\n');
  assert.ok(frontierRows(fewer.out).length > 100);
});

test('what is wrong is one line with its remedy, status 2 and nothing printed', async () => {
  const head = 'stage,instruction,frequency,time,energy\n';
  await cli.write({
    'broken.csv': `${head}0,forward,1410,fast,20\n`,
    'gap.csv': `${head}0,forward,1410,0.05,20\n`,
    'empty.csv': '',
    'one.csv': `${head}0,forward,1410,0.05,20\n0,backward,1410,0.1,40\n`,
  });
  const one = ['--stages', '1', '--microbatches', '1', '--blocking-power', '70'];
  for (const [args, said] of [
    [['broken.csv', ...one], /line 2 of the profile has “fast” as time; write a number of seconds above 0/],
    [['gap.csv', ...one], /no row of stage 0 backward; measure it/],
    [['empty.csv', ...one], /begin the file with the line/],
    [['one.csv', '--stages', '2', '--microbatches', '3', '--blocking-power', '70'], /has 1 stage, not 2;/],
    [['absent.csv', ...one], /“absent\.csv” cannot be read \(ENOENT\); name a CSV file/],
    [
      [profilePath, '--stages', '9', '--microbatches', '1', '--blocking-power', '70'],
      /has 8 stages, not 9; ask for at most 8/,
    ],
    [
      [profilePath, ...one, '--unit-time', '1'],
      /less than the time unit of 1 s; use a time unit of at most 0\.\d+ s/,
    ],
    [[profilePath, ...one, '--straggler', '0.9'], /It must be a number from 1/],
    [
      [profilePath, ...one, '--plan', 'no-such-folder/plan.csv'],
      /cannot be written \(ENOENT.*; choose another place with --plan/,
    ],
    [
      [profilePath, '--stages', '1.5', '--microbatches', '1', '--blocking-power', '70'],
      /whole number from 1/,
    ],
    [[profilePath, '--stages', '1', '--microbatches', '1'], /--blocking-power/],
    [[], /required option '--stages <count>'/],
  ] as const) {
    const { code, out, err } = await cli.run(['plan', 'pipeline', ...args]);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, said);
    assert.match(err, /^perjoule: [^\n]+; [^\n]+\.\n$/, args.join(' '));
  }
});

/** The editor's thread as it ships: answers to one request until one of the given kind. */
function askPlanner(
  worker: Worker,
  request: PlannerRequest,
  last: PlannerAnswer['type'],
): Promise<PlannerAnswer[]> {
  const answers: PlannerAnswer[] = [];
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    const take = (answer: PlannerAnswer): void => {
      answers.push(answer);
      if (answer.type === 'failed' && last !== 'failed') reject(new Error(answer.message));
      if (answer.type !== last) return;
      worker.off('message', take);
      worker.off('error', reject);
      resolve(answers);
    };
    worker.on('message', take);
    worker.postMessage(request);
  });
}

test('the editor’s thread gives what the command line prints, to the last digit', async (context) => {
  const worker = new Worker(join(cli.dist, 'planner.js'));
  context.after(() => worker.terminate());
  const text = profileText();
  const [read] = await askPlanner(worker, { type: 'read', text }, 'read');
  assert.deepEqual(read, { type: 'read', stages: 8 });
  const solved = (await askPlanner(worker, { type: 'solve', text, shape: publishedShape }, 'solved')).at(-1);
  assert.ok(solved?.type === 'solved');
  const { frontier } = solved;
  for (const straggler of [null, 1.3]) {
    const choice = { at: null, straggler };
    const chosen = (await askPlanner(worker, { type: 'choose', choice }, 'chosen')).at(-1);
    assert.ok(chosen?.type === 'chosen');
    const beside = straggler === null ? [] : ['--straggler', String(straggler)];
    const file = await cli.run([
      'plan',
      'pipeline',
      profilePath,
      ...published,
      ...beside,
      '--plan',
      'same.csv',
      '--force',
      '--format',
      'json',
    ]);
    const data = JSON.parse(file.out) as PlanJson;
    const told = straggler === null ? data.fastest.savedShare : data.straggler.savedShare;
    assert.equal(Number(chosen.plan.savedShare.toPrecision(15)), told);
    assert.equal(Number(chosen.plan.timeS.toPrecision(15)), data.plan.time);
    assert.equal(chosen.plan.operations?.length, data.plan.operations.length);
    const until = frontier.timesS.length;
    assert.deepEqual(
      frontier.energiesJ.map((energyJ) => Number(energyJ.toPrecision(15))),
      data.frontier
        .toReversed()
        .slice(0, until)
        .map(({ energy }) => energy),
    );
    for (const [format, expected] of [
      ['json', file.out],
      ['csv', await readFile(join(cli.folder, 'same.csv'), 'utf8')],
    ] as const) {
      const written = (await askPlanner(worker, { type: 'document', choice, format }, 'document')).at(-1);
      assert.ok(written?.type === 'document');
      assert.equal(written.text, expected);
    }
  }
});

test('the editor’s thread tells how far it is, is ended in the middle, and says what it cannot plan with', async (context) => {
  const worker = new Worker(join(cli.dist, 'planner.js'));
  context.after(() => worker.terminate());
  const text = profileText();
  const shape = { ...publishedShape, microbatches: 300 };
  const [first] = await askPlanner(worker, { type: 'solve', text, shape }, 'progress');
  assert.ok(first?.type === 'progress' && first.share > 0 && first.share < 0.9, JSON.stringify(first));
  await worker.terminate();
  const next = new Worker(join(cli.dist, 'planner.js'));
  context.after(() => next.terminate());
  for (const [wrong, said] of [
    [{ ...publishedShape, stages: 9 }, /^The profile has 8 stages, not 9; ask for at most 8/],
    [{ ...publishedShape, microbatches: Number.NaN }, /^A pipeline has at least one stage/],
    [{ ...publishedShape, unitTimeS: 1 }, /use a time unit of at most/],
  ] as const) {
    const failed = (await askPlanner(next, { type: 'solve', text, shape: wrong }, 'failed')).at(-1);
    assert.ok(failed?.type === 'failed');
    assert.match(failed.message, said);
  }
});
