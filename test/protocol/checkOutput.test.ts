/** What other programs read of `perjoule check`: the shapes they rely on. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { default as Ajv } from 'ajv-draft-04';
import { default as formats } from 'ajv-formats';
import { projectFolder } from '../../tools/projectFolder.ts';
import { type CommandLine, commandLine } from './commandLine.ts';
import { trainScript } from './scripts.ts';

let cli: CommandLine;
before(async () => {
  cli = await commandLine();
  await cli.write({
    'train.py': trainScript,
    'a b/ünï #1%.py': `${trainScript}x = 1  # perjoule: allow loader-no-workers\n`,
    'emoji.py': trainScript.replace('    loader = ', '    icon = "😀"; loader = '),
    'unreadable.py': '\0',
    'clean.py': 'import torch\n',
    'train.ipynb': JSON.stringify({
      cells: [{ cell_type: 'code', source: `${trainScript}# perjoule: allow nothing-like-it\n` }],
    }),
    'wrong/pyproject.toml': '[tool.perjoule]\nselect = ["nothing-like-it"]\n',
    'wrong/train.py': trainScript,
  });
});
after(() => cli.remove());

const require = createRequire(import.meta.url);

/** The schema of the standard, as the authors of its tools publish it. */
async function sarifErrors(log: unknown): Promise<unknown> {
  const path = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  // One pattern of the schema is no Unicode pattern.
  const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(await readFile(path, 'utf8')));
  return validate(log) ? [] : validate.errors;
}

test('SARIF output is valid by the 2.1.0 schema', async () => {
  for (const args of [
    ['.'],
    ['train.ipynb'],
    ['clean.py'],
    ['unreadable.py'],
    ['wrong'],
    ['.', '--select', 'all'],
  ]) {
    const { out, err } = await cli.run(['check', '--format', 'sarif', ...args]);
    assert.equal(err, '');
    assert.deepEqual(await sarifErrors(JSON.parse(out)), [], args.join(' '));
  }
  // A validator that accepts everything would prove nothing.
  assert.notDeepEqual(await sarifErrors({ version: '2.1.0', runs: [{ results: [] }] }), []);
});

test('SARIF places are those of the JSON output, and its fixes lie in the files they name', async () => {
  const files = ['train.py', 'a b', 'emoji.py', 'wrong'];
  const { out: sarif } = await cli.run(['check', '--format', 'sarif', ...files]);
  const { out: json } = await cli.run(['check', '--format', 'json', ...files]);
  const [run] = JSON.parse(sarif).runs;
  const places = run.results.map(
    (result: {
      ruleId: string;
      locations: {
        physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> };
      }[];
    }) => {
      const { artifactLocation, region } = result.locations[0]?.physicalLocation ?? {};
      return [result.ruleId, decodeURIComponent(artifactLocation?.uri ?? ''), ...Object.values(region ?? {})];
    },
  );
  const { findings } = JSON.parse(json);
  assert.ok(findings.length >= 9);
  assert.deepEqual(
    places,
    findings.map((finding: Record<string, unknown>) =>
      ['rule', 'path', 'line', 'column', 'endLine', 'endColumn'].map((name) => finding[name]),
    ),
  );
  const fixed = run.results.filter(({ fixes }: { fixes?: unknown }) => fixes !== undefined);
  assert.ok(fixed.length > 0);
  for (const { fixes, locations } of fixed)
    for (const { artifactChanges } of fixes)
      assert.equal(
        artifactChanges[0].artifactLocation.uri,
        locations[0].physicalLocation.artifactLocation.uri,
      );
});

test('JSON output holds what docs/check-output.md lists, and nothing else', async () => {
  const page = await readFile(join(projectFolder, 'docs', 'check-output.md'), 'utf8');
  const listed = (heading: string): string[] => {
    const section = page.split(`### ${heading}\n`)[1]?.split('\n#')[0] ?? '';
    return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name ?? '');
  };
  const report = JSON.parse((await cli.run(['check', '--format', 'json'])).out);
  assert.deepEqual(Object.keys(report), listed('The report'));
  assert.equal(report.version, 1);
  for (const finding of report.findings) {
    assert.deepEqual(Object.keys(finding), listed('A finding'));
    if (finding.fix !== null) assert.deepEqual(Object.keys(finding.fix), ['safety', 'title']);
  }
  for (const problem of report.problems) assert.deepEqual(Object.keys(problem), listed('A problem'));
  assert.deepEqual([...new Set(report.problems.map(({ kind }: { kind: string }) => kind))].sort(), [
    'configuration',
    'staleSuppression',
    'unknownRule',
    'unreadable',
  ]);
  assert.deepEqual(Object.keys(report.stats), listed('The figures'));
});
