/** `perjoule check` with settings of a project, changed files, a baseline and fixes: through the product's own bundle. */

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type CommandLine, commandLine } from './commandLine.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

let cli: CommandLine;
before(async () => {
  cli = await commandLine();
});
after(() => cli.remove());
beforeEach(async () => {
  await rm(cli.folder, { recursive: true });
  await cli.write({ 'train.py': trainScript });
});

interface Found {
  readonly code: number | null;
  readonly findings: readonly {
    readonly rule: string;
    readonly path: string;
    readonly line: number;
    readonly severity: string;
  }[];
  readonly problems: readonly {
    readonly kind: string;
    readonly path: string;
    readonly line: number;
    readonly message: string;
  }[];
}

async function found(...args: readonly string[]): Promise<Found> {
  const { code, out, err } = await cli.run(['check', '--format', 'json', ...args]);
  assert.equal(err, '');
  return { code, ...(JSON.parse(out) as Omit<Found, 'code'>) };
}
const rulesFound = async (...args: readonly string[]): Promise<string[]> =>
  (await found(...args)).findings.map(({ rule }) => rule).sort();
const places = async (...args: readonly string[]): Promise<string[]> => [
  ...new Set((await found(...args)).findings.map(({ path }) => path)),
];

test('the nearest project file sets rules and severities; the command line has the last word', async () => {
  await cli.write({
    'pyproject.toml': `[tool.perjoule]
ignore = ["loader-no-workers"]
severity = { sync-scalar-in-step = "error" }
[[tool.perjoule.overrides]]
paths = ["legacy/"]
ignore = ["all"]
`,
    'legacy/old.py': trainScript,
    'service/train.py': trainScript,
    'service/pyproject.toml': '[tool.perjoule]\nselect = ["loader-no-workers"]\n',
    'plain/train.py': trainScript,
    'plain/pyproject.toml': '[project]\nname = "perjoule-user"\n',
  });
  const severities = async (path: string): Promise<string[]> =>
    (await found(path)).findings.map(({ rule, severity }) => `${rule} ${severity}`).sort();
  assert.deepEqual(await severities('train.py'), [
    'eval-without-no-grad warning',
    'sync-scalar-in-step error',
  ]);
  assert.deepEqual(await severities('legacy'), []);
  assert.deepEqual(await severities('service'), ['loader-no-workers information']);
  // A project file without our section says nothing: the one above counts.
  assert.deepEqual(await severities('plain'), ['eval-without-no-grad warning', 'sync-scalar-in-step error']);
  assert.deepEqual(await rulesFound('train.py', '--select', 'loader-no-workers'), ['loader-no-workers']);
  assert.deepEqual(await rulesFound('train.py', '--select', 'all', '--ignore', 'host-device-sync,memory'), [
    'loader-no-workers',
  ]);
  assert.deepEqual(await rulesFound('legacy', '--select', 'stable'), rulesOfTrainScript);
  assert.equal((await found('train.py', '--fail-on', 'error')).code, 1);
  // Settings hold for a file wherever the command is started.
  const { out } = await cli.run(['check', '--format', 'json', '../train.py'], {
    cwd: join(cli.folder, 'service'),
  });
  assert.equal(JSON.parse(out).findings.length, 2);
});

test('what is assumed about the machine reaches the rules', async () => {
  const bare = trainScript.replace('if __name__ == "__main__":\n    main()', 'main()');
  await cli.write({
    'bare.py': bare,
    'pyproject.toml':
      '[tool.perjoule.assume]\nos = "linux"\n[[tool.perjoule.overrides]]\npaths = ["win.py"]\nassume.os = "windows"\n',
    'win.py': bare,
  });
  assert.deepEqual(await rulesFound('bare.py'), rulesOfTrainScript);
  assert.deepEqual(await rulesFound('win.py'), ['eval-without-no-grad', 'sync-scalar-in-step']);
});

test('what a script reads from a file of settings counts like what it says itself', async () => {
  const named = trainScript
    .replace('import torch\n', 'import torch\nfrom omegaconf import OmegaConf\n')
    .replace('    device =', '    cfg = OmegaConf.load("conf/train.yaml")\n    device =')
    .replace('shuffle=True', 'num_workers=cfg.workers');
  const withWorkers = rulesOfTrainScript.filter((rule) => rule !== 'loader-no-workers');
  await cli.write({ 'train.py': named, 'conf/train.yaml': 'workers: 0\n' });
  assert.deepEqual(await rulesFound('.'), rulesOfTrainScript);
  await cli.write({ 'conf/train.yaml': 'workers: 4\n' });
  assert.deepEqual(await rulesFound('.'), withWorkers);
  await cli.write({ 'conf/train.yaml': 'workers: [4\n' });
  assert.deepEqual(await rulesFound('.'), withWorkers);
});

test('standard input takes the settings of the place it is named after', async () => {
  await cli.write({ 'pyproject.toml': '[tool.perjoule]\nselect = ["loader-no-workers"]\n' });
  const { out } = await cli.run(['check', '--format', 'json', '-', '--stdin-filename', 'sub/new.py'], {
    input: trainScript,
  });
  assert.deepEqual(
    JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule),
    ['loader-no-workers'],
  );
});

test('a repository does not take settings from above itself', async () => {
  await cli.write({
    'pyproject.toml': '[tool.perjoule]\nignore = ["all"]\n',
    'inner/train.py': trainScript,
  });
  assert.deepEqual(await rulesFound('inner'), []);
  await cli.git('init', '-q', 'inner');
  assert.deepEqual(await rulesFound('inner'), rulesOfTrainScript);
});

test('wrong settings are told at their line with status 2; what is right still holds', async () => {
  await cli.write({
    'pyproject.toml': '[tool.perjoule]\nignore = ["loader-no-workers", "loader-no-wrokers"]\ncolour = true\n',
  });
  const { code, findings, problems } = await found('train.py');
  assert.equal(code, 2);
  assert.equal(findings.length, 2);
  assert.deepEqual(
    problems.map(({ kind, path, line }) => [kind, path, line]),
    [
      ['configuration', 'pyproject.toml', 2],
      ['configuration', 'pyproject.toml', 3],
    ],
  );
  const text = await cli.run(['check', 'train.py']);
  assert.match(text.err, /^pyproject\.toml:2:32: No rule or group of rules is named "loader-no-wrokers";/m);
  assert.match(text.err, /^pyproject\.toml:3:1: There is no "colour" in \[tool\.perjoule\];/m);
  await cli.write({ 'pyproject.toml': '[tool.perjoule]\nignore = [\n' });
  const broken = await found('train.py');
  assert.equal(broken.code, 2);
  assert.equal(broken.findings.length, 3);
  assert.match(broken.problems[0]?.message ?? '', /^This is not TOML: /);
});

test('a stale comment is told, but not for a rule that is off', async () => {
  const comment = '# perjoule: allow eval-without-no-grad\n';
  await cli.write({ 'clean.py': `import torch\n${comment}print(torch)\n` });
  const { code, problems } = await found('clean.py');
  assert.equal(code, 0);
  assert.deepEqual(
    problems.map(({ kind, line }) => [kind, line]),
    [['staleSuppression', 2]],
  );
  assert.deepEqual((await found('clean.py', '--ignore', 'eval-without-no-grad')).problems, []);
});

test('--changed: committed, staged, edited and new files since the branch left the base, not what git ignores', async () => {
  await cli.write({
    'old.py': trainScript,
    'staged.py': 'import torch\n',
    'edited.py': 'import torch\n',
    'gone.py': trainScript,
    'ünï code.py': 'import torch\n',
    '.gitignore': 'ignored.py\n',
  });
  await cli.git('init', '-q', '-b', 'main');
  await cli.git('add', '-A');
  await cli.git('commit', '-q', '-m', 'one');
  await cli.git('checkout', '-q', '-b', 'topic');
  await cli.write({ 'committed.py': trainScript });
  await cli.git('add', '-A');
  await cli.git('commit', '-q', '-m', 'two');
  // What others did on the base meanwhile is not ours.
  await cli.git('checkout', '-q', 'main');
  await cli.write({ 'theirs.py': trainScript, 'old.py': `${trainScript}# more\n` });
  await cli.git('add', '-A');
  await cli.git('commit', '-q', '-m', 'three');
  await cli.git('checkout', '-q', 'topic');
  await cli.write({
    'staged.py': trainScript,
    'edited.py': trainScript,
    'sub/new.py': trainScript,
    'ünï code.py': trainScript,
    'ignored.py': trainScript,
  });
  await cli.git('add', 'staged.py');
  await rm(join(cli.folder, 'gone.py'));
  const all = ['committed.py', 'edited.py', 'staged.py', 'sub/new.py', 'ünï code.py'];
  assert.deepEqual(await places('--changed', 'main'), all);
  assert.deepEqual(await places('--changed', 'main', 'sub', 'old.py', 'edited.py'), [
    'sub/new.py',
    'edited.py',
  ]);
  assert.deepEqual(await places('--changed', 'HEAD'), all.slice(1));
  const { out } = await cli.run(['check', '--changed', 'main', '--format', 'json', '.', '..'], {
    cwd: join(cli.folder, 'sub'),
  });
  assert.ok(out.includes('"../staged.py"'));
});

test('--changed starts no program that the repository names, and says what is wrong', async () => {
  const noRepository = await cli.run(['check', '--changed', 'main']);
  assert.equal(noRepository.code, 2);
  assert.match(noRepository.err, /^perjoule: --changed works in a git repository only; .*\.\n$/);
  await cli.git('init', '-q');
  await cli.git('add', '-A');
  await cli.git('commit', '-q', '-m', 'one');
  for (const [key, value] of [
    ['core.fsmonitor', 'touch fsmonitor-ran; false'],
    ['diff.external', 'touch external-ran; false'],
    ['core.pager', 'touch pager-ran'],
  ] as const)
    await cli.git('config', key, value);
  await writeFile(join(cli.folder, 'new.py'), trainScript);
  assert.deepEqual(await places('--changed', 'HEAD'), ['new.py']);
  await assert.rejects(readFile(join(cli.folder, 'external-ran')));
  await assert.rejects(readFile(join(cli.folder, 'fsmonitor-ran')));
  for (const base of ['nowhere', '--output=pwned', '$(touch pwned)', '']) {
    const { code, err, out } = await cli.run(['check', `--changed=${base}`]);
    assert.deepEqual([code, out], [2, ''], base);
    assert.match(err, /^perjoule: git knows no commit “[^\n]*\.\n$/);
  }
  await assert.rejects(readFile(join(cli.folder, 'pwned')));
});

test('a baseline knows its findings when lines move and neighbours change, and tells new ones', async () => {
  await cli.write({ 'sub/other.py': trainScript });
  const written = await cli.run(['check', '--write-baseline', 'base.json']);
  assert.deepEqual([written.code, written.out], [0, '6 findings written to base.json.\n']);
  const again = await cli.run(['check', '--baseline', 'base.json']);
  assert.equal(again.code, 0);
  assert.equal(again.out, 'No findings in 2 files.\n6 findings left out: the baseline knows them.\n');
  // Lines above, an edit within the loop that the findings depend on, another folder to start from.
  await cli.write({
    'train.py': `# one\n# two\n\n${trainScript.replace('optimizer.zero_grad()', 'optimizer.zero_grad(set_to_none=True)')}`,
  });
  assert.deepEqual(await rulesFound('--baseline', 'base.json'), []);
  const moved = await cli.run(['check', '--baseline', '../base.json', '.'], { cwd: join(cli.folder, 'sub') });
  assert.equal(moved.code, 0);
  // A copy of what is known is new: an entry stands for one finding.
  const evaluate = trainScript.slice(trainScript.indexOf('def evaluate'), trainScript.indexOf('def main'));
  const copied = trainScript
    .replace('def main', `${evaluate.replace('evaluate', 'again')}def main`)
    .replace(
      'evaluate(model, loader, device))',
      'again(model, loader, device), evaluate(model, loader, device))',
    );
  await cli.write({ 'train.py': copied, 'copy.py': trainScript });
  assert.deepEqual(
    (await found('--baseline', 'base.json', 'train.py')).findings.map(({ rule }) => rule),
    ['eval-without-no-grad'],
  );
  assert.deepEqual(await places('--baseline', 'base.json', 'copy.py'), ['copy.py']);
  // What is mended leaves entries behind.
  await cli.write({ 'train.py': 'import torch\n' });
  await rm(join(cli.folder, 'copy.py'));
  const gone = await cli.run(['check', '--baseline', 'base.json']);
  assert.match(
    gone.out,
    /^3 findings left out: the baseline knows them\. 3 of its entries match nothing any more; write it again with --write-baseline\.$/m,
  );
});

test('a baseline that cannot be read or written is one line and status 2', async () => {
  await cli.write({
    'no.json': 'nothing',
    'other.json': '{"version": 2, "findings": []}',
    'wrong.json': '{"version": 1, "findings": [{"rule": 3}]}',
    'null.json': 'null',
  });
  for (const args of [
    ['--baseline', 'missing.json'],
    ['--baseline', 'no.json'],
    ['--baseline', 'other.json'],
    ['--baseline', 'wrong.json'],
    ['--baseline', 'null.json'],
    ['--write-baseline', 'nowhere/base.json'],
    ['--write-baseline', 'a.json', '--baseline', 'b.json'],
  ]) {
    const { code, out, err } = await cli.run(['check', ...args]);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, /^perjoule: [^\n]+; [^\n]+\.\n$/, args.join(' '));
  }
});

test('--fix that leaves only suggestions says so and how to take them', async () => {
  const { out: offered } = await cli.run(['check', 'train.py', '--select', 'loader-no-workers']);
  assert.match(offered, /fix .*\(suggestion\)/);
  const { out } = await cli.run(['check', 'train.py', '--fix', '--select', 'loader-no-workers']);
  assert.match(
    out,
    /^No file was changed: 1 finding has a suggestion, which --fix leaves to a person\. Take it in the editor: Quick Fix on the line\.$/m,
  );
  assert.equal(await readFile(join(cli.folder, 'train.py'), 'utf8'), trainScript);
  await cli.write({ 'clean.py': 'import torch\n' });
  const clean = await cli.run(['check', 'clean.py', '--fix']);
  assert.equal(clean.out, 'No findings in 1 file.\nNo file was changed: there is no safe fix.\n');
});
