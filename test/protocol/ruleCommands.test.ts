/** `perjoule explain`, `rules` and `config`, through the product's own bundle. */

import assert from 'node:assert/strict';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { generalPage, wastePages } from '../../contracts/teach.ts';
import { rules } from '../../server/rules/index.generated.ts';
import { type CommandLine, commandLine } from './commandLine.ts';

let cli: CommandLine;
before(async () => {
  cli = await commandLine();
});
after(() => cli.remove());

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await cli.run([...args, '--format', 'json']);
  assert.deepEqual([code, err], [0, ''], args.join(' '));
  return JSON.parse(out) as Record<string, unknown>;
}

test('rules lists every rule once, for people and for programs', async () => {
  const names = rules.map(({ meta }) => meta.name).sort();
  const report = await json('rules');
  assert.equal(report['version'], 1);
  const listed = report['rules'] as { name: string; stage: string; severity: string; since: string }[];
  assert.deepEqual(
    listed.map(({ name }) => name),
    names,
  );
  for (const { stage, severity, since } of listed)
    assert.match(`${stage} ${severity} ${since}`, /^(preview|stable|deprecated) \w+ \d+\.\d+\.\d+$/);
  const { out } = await cli.run(['rules']);
  const rows = out.trimEnd().split('\n');
  assert.match(rows[0] ?? '', /^RULE +FAMILY +STAGE +SEVERITY +FINDS$/);
  assert.deepEqual(
    rows.slice(1).map((row) => row.split(' ')[0]),
    names,
  );
});

test('every rule can be explained, by its page and by its own words', async () => {
  for (const { meta } of rules) {
    const { code, out } = await cli.run(['explain', meta.name]);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^# ${meta.name}\n[\\s\\S]*\n## Why it costs energy\n`));
  }
  const data = await json('explain', 'loader-no-workers');
  assert.equal(data['name'], 'loader-no-workers');
  assert.match(String(data['page']), /^# loader-no-workers\n/);
  // The program alone, without its pages.
  const docs = join(dirname(cli.folder), 'product', 'docs');
  await rename(docs, `${docs}-away`);
  try {
    const { out } = await cli.run(['explain', 'loader-no-workers']);
    assert.match(
      out,
      /^# loader-no-workers\n\nA DataLoader without worker processes .*\n\n[\s\S]*\nEvidence: /,
    );
  } finally {
    await rename(`${docs}-away`, docs);
  }
});

test('config prints each effective value and where it was said', async () => {
  await cli.write({
    'pyproject.toml': `[tool.perjoule]
ignore = ["loader-no-workers"]

[tool.perjoule.severity]
sync-scalar-in-step = "error"

[tool.perjoule.assume]
gpu = "NVIDIA H100"
world-size = 8

[[tool.perjoule.overrides]]
paths = ["notebooks/"]
severity.loader-no-workers = "hint"
`,
    'train.py': '',
  });
  await mkdir(join(cli.folder, 'notebooks'));
  const { code, out } = await cli.run(['config']);
  assert.equal(code, 0);
  assert.match(out, /^project file: pyproject\.toml$/m);
  assert.match(out, /^loader-no-workers +no +pyproject\.toml:2 +information +default$/m);
  assert.match(out, /^sync-scalar-in-step +yes +pyproject\.toml:5 +error +pyproject\.toml:5$/m);
  assert.match(out, /^eval-without-no-grad +yes +default +warning +default$/m);
  assert.match(out, /^gpu +NVIDIA H100 +pyproject\.toml:8$/m);
  assert.match(out, /^os +not said$/m);
  const within = await cli.run(['config', 'notebooks', '--ignore', 'host-device-sync']);
  assert.match(within.out, /^loader-no-workers +yes +pyproject\.toml:13 +hint +pyproject\.toml:13$/m);
  assert.match(within.out, /^sync-scalar-in-step +no +--ignore +error +pyproject\.toml:5$/m);
  const data = await json('config', 'train.py');
  assert.deepEqual(data['assume'], {
    gpu: { value: 'NVIDIA H100', origin: 'pyproject.toml:8' },
    os: null,
    'world-size': { value: 8, origin: 'pyproject.toml:9' },
  });
  const all = data['rules'] as { name: string }[];
  assert.equal(all.length, rules.length);
  assert.deepEqual(
    all.find(({ name }) => name === 'sync-scalar-in-step'),
    {
      name: 'sync-scalar-in-step',
      on: { value: true, origin: 'pyproject.toml:5' },
      severity: { value: 'error', origin: 'pyproject.toml:5' },
    },
  );
});

test('every kind of waste can be explained, and the page behind all', async () => {
  for (const name of [generalPage, ...wastePages]) {
    const { code, out } = await cli.run(['explain', name]);
    assert.equal(code, 0, name);
    assert.match(out, /^# [^\n]+\n[\s\S]{500,}/, name);
    assert.doesNotMatch(out, /<!--/, name);
  }
  assert.equal((await json('explain', 'host-sync'))['kind'], 'hostSync');
});

test('config tells wrong settings with status 2', async () => {
  await cli.write({ 'bad/pyproject.toml': '[tool.perjoule.assume]\nos = "beos"\n' });
  const { code, out, err } = await cli.run(['config', 'bad']);
  assert.equal(code, 2);
  assert.match(out, /^os +not said$/m);
  assert.equal(err, 'bad/pyproject.toml:2:6: "os" is one of "linux", "macos", "windows".\n');
});

test('every command tells what is wrong in one form with status 2', async () => {
  for (const args of [
    ['explain', 'no-such-rule'],
    ['explain'],
    ['rules', '--format', 'yaml'],
    ['rules', 'surplus'],
    ['config', 'no-such-path'],
    ['config', '--select', 'no-such-rule'],
    ['check', '--nonsense'],
    ['runs', '--limit', '0'],
    ['compare'],
    ['run'],
    ['no-such-command'],
  ]) {
    const { code, out, err } = await cli.run(args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, /^perjoule: [^\n]+; [^\n]+\.\n$/, args.join(' '));
  }
});
