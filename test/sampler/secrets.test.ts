/** Twenty secrets planted in arguments, variables and output of one run: in no file of ours and in nothing we print. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from './runCli.ts';
import { isAlive, makePlace, needsPython, python, until } from './samplerHarness.ts';

const hexadecimal = '5ec7e70123456789abcdef0123456789abcdef01';
const inArguments: readonly (readonly [argument: readonly string[], secret: string])[] = [
  [['--api-key', 'planted-01-a'], 'planted-01-a'],
  [['--password=planted-02-b'], 'planted-02-b'],
  [['--hub-token', 'planted 03 c'], 'planted 03 c'],
  [['+trainer.secret=planted-04-d'], 'planted-04-d'],
  [['hf_PLANTED05abcdefghijklmnop'], 'hf_PLANTED05abcdefghijklmnop'],
  [['--store', 'https://me:planted-06-e@host.example/x'], 'planted-06-e'],
  [['--config', '{"token": "planted-07-f"}'], 'planted-07-f'],
  [[hexadecimal], hexadecimal],
];
const inVariables: Readonly<Record<string, string>> = {
  HF_TOKEN: 'planted-09-g',
  WANDB_API_KEY: 'planted-10-h',
  AWS_SECRET_ACCESS_KEY: 'planted-11-i',
  PGPASSWORD: 'planted-12-j',
  OPENAI_API_KEY: 'sk-planted13planted13plant',
  HARMLESS_LOOKING: 'planted-14-k',
};
const inOutput: readonly string[] = [
  'wandb: using key planted-15-l',
  'Authorization: Bearer planted-16-m',
  'login(token="planted-17-n")',
  'ghp_planted18abcdefghijklmnopqrs',
  'planted-19-o  3/24 [00:01<00:09, 5.00it/s]',
  'Epoch planted-20-p: 4/24 [00:01<00:09, 5.00it/s]',
];
const secrets: readonly string[] = [
  ...inArguments.map(([, secret]) => secret),
  ...Object.values(inVariables),
  ...['planted-15-l', 'planted-16-m', 'planted-17-n', 'ghp_planted18abcdefghijklmnopqrs'],
  ...['planted-19-o', 'planted-20-p'],
];

const program = `
import json, os, sys, time
def put(**fields):
    with open(os.environ["PERJOULE_SIM"], "a") as out:
        out.write(json.dumps({"pid": os.getpid(), "time": time.monotonic(), "device": 0, **fields}) + "\\n")
put(event="open", gpu="h100-sxm")
for line in ${JSON.stringify(inOutput)}:
    print(line, flush=True)
    print(line, file=sys.stderr, flush=True)
for step in range(1, 25):
    put(event="work", duration=0.08, intensity=0.9)
    time.sleep(0.1)
    sys.stderr.write("\\r%d/24 [00:00<00:00, 5.00it/s]" % step)
    sys.stderr.flush()
`;

function assertNone(bytes: Buffer, where: string): void {
  for (const secret of secrets)
    for (const encoding of ['utf8', 'utf16le'] as const)
      assert.ok(!bytes.includes(Buffer.from(secret, encoding)), `${secret} in ${where}`);
}

/** Every file of a folder, with its path inside. */
function filesIn(folder: string): readonly (readonly [string, Buffer])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)] as const);
}

test('twenty planted secrets are in no store, export, log or list', {
  skip: needsPython,
}, async (context) => {
  assert.equal(new Set(secrets).size, 20);
  const place = makePlace(context, { PERJOULE_GRACE_MS: '3000', PERJOULE_SIM: 'sim.jsonl', ...inVariables });
  const script = join(place.folder, 'train.py');
  writeFileSync(script, program);
  const client = await place.connect();
  const command = [python ?? '', script, ...inArguments.flatMap(([argument]) => argument)];
  const out = ['--out', join(place.folder, 'growing.json'), '--summary', join(place.folder, 'summary.json')];
  const ran = await runCli(place, [
    'run',
    '--no-check',
    '--name',
    'run of planted token=planted-04-d',
    ...out,
    '--',
    ...command,
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  // What the program printed passes through; what is ours begins with its own line.
  assert.ok(ran.stdout.includes('planted-15-l'), 'the output of the program is not touched');
  assertNone(
    Buffer.from(ran.stderr.slice(ran.stderr.indexOf('\nperjoule ·'))),
    'the summary on the terminal',
  );

  for (const args of [
    ['runs'],
    ['runs', '--format', 'json'],
    ['export', 'last'],
    ['export', 'last', '--format', 'csv'],
    ['report', 'last'],
    ['report', 'last', '--format', 'json'],
    ['savings', '--format', 'markdown'],
    ['sources', '--format', 'json'],
  ]) {
    const { code, stdout, stderr } = await runCli(place, args);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.length > 50);
    assertNone(Buffer.from(stdout + stderr), args.join(' '));
  }
  const live = await client.request('listRuns', { limit: 5 });
  assert.equal(live.length, 1);
  assert.ok((live[0]?.steps?.count ?? 0) > 4, 'the progress lines were read');
  assertNone(Buffer.from(JSON.stringify(live)), 'the answers of the sampler');
  client.close();
  await until('the sampler to end', () => !isAlive(client.hello.pid), 20_000);

  const files = filesIn(place.folder).filter(([path]) => path !== script);
  for (const name of ['growing.json', 'summary.json'])
    assert.ok(
      files.some(([path]) => path.endsWith(name)),
      `${name} among ${files.map(([path]) => path)}`,
    );
  assert.ok(
    files.some(([, bytes]) => bytes.subarray(0, 15).toString() === 'SQLite format 3'),
    'the store',
  );
  for (const [path, bytes] of files) assertNone(bytes, path);
});
