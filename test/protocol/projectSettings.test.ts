/** `[tool.perjoule]` as the language server takes it: beside the editor's own settings, and while it is typed. */

import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type SettingsResult, settingsRequest } from '../../contracts/lspExtensions.ts';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

let built: Bundle;
let folder: string;
let client: LanguageClient;

before(async () => {
  built = await bundle('server/main.ts');
});
after(() => built.remove());
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'perjoule-settings-')));
});
afterEach(async () => {
  assert.equal(await client.stop(), 0);
  await rm(folder, { recursive: true });
});

const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;

async function started(options: unknown = {}): Promise<LanguageClient> {
  client = await LanguageClient.start(built.path, options);
  await client.open(uriOf('train.py'), trainScript);
  return client;
}

const codes = async (name = 'train.py'): Promise<unknown[]> =>
  (await client.diagnostics(uriOf(name))).map(({ code }) => code).sort();

test('the project file holds, and the editor has the word above it', async () => {
  await writeFile(
    join(folder, 'pyproject.toml'),
    `[tool.perjoule]
ignore = ["loader-no-workers"]
severity.sync-scalar-in-step = "error"
[[tool.perjoule.overrides]]
paths = ["old/"]
ignore = ["all"]
`,
  );
  await started();
  assert.deepEqual(await codes(), ['eval-without-no-grad', 'sync-scalar-in-step']);
  const sync = (await client.diagnostics(uriOf('train.py'))).find(
    ({ code }) => code === 'sync-scalar-in-step',
  );
  assert.equal(sync?.severity, 1);
  await client.open(uriOf('old/train.py'), trainScript);
  assert.deepEqual(await codes('old/train.py'), []);
  // What a run is told are the same findings.
  const told = await client.findings(uriOf('train.py'));
  assert.deepEqual(told.findings.map(({ rule }) => rule).sort(), [
    'eval-without-no-grad',
    'sync-scalar-in-step',
  ]);
  await client.connection.sendNotification('workspace/didChangeConfiguration', {
    settings: { enable: true, severity: { 'loader-no-workers': 'hint', 'host-device-sync': 'off' } },
  });
  assert.deepEqual(await codes(), ['eval-without-no-grad', 'loader-no-workers']);
});

test('a project file counts as it is typed, saved or not, and as it changes on disk', async () => {
  await started();
  assert.deepEqual(await codes(), rulesOfTrainScript);
  const project = uriOf('pyproject.toml');
  await client.open(project, '[tool.perjoule]\nignore = ["all"]\n', 'toml');
  assert.deepEqual(await codes(), []);
  const seen = client.refreshes;
  await client.edit(project, [
    { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 99 } }, text: 'ignore = []' },
  ]);
  await client.refreshed(seen);
  assert.deepEqual(await codes(), rulesOfTrainScript);
  await client.close(project);
  await writeFile(join(folder, 'pyproject.toml'), '[tool.perjoule]\nselect = ["memory"]\n');
  const beforeChange = client.refreshes;
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: project, type: 1 }],
  });
  await client.refreshed(beforeChange);
  assert.deepEqual(await codes(), ['eval-without-no-grad']);
});

test('what is wrong stands in the project file itself', async () => {
  await started();
  const project = uriOf('pyproject.toml');
  const text =
    '[project]\nname = "x"\n\n[tool.perjoule]\nselect = ["memory", "nothing-like-it"]\ncolour = 1\n';
  await client.open(project, text, 'plaintext');
  const found = await client.diagnostics(project);
  assert.deepEqual(
    found.map(({ range, severity, source }) => [
      source,
      severity,
      text.split('\n')[range.start.line]?.slice(range.start.character, range.end.character),
    ]),
    [
      ['perjoule', 2, '"nothing-like-it"'],
      ['perjoule', 2, 'colour'],
    ],
  );
  // What is right holds already.
  assert.deepEqual(await codes(), ['eval-without-no-grad']);
  await client.open(uriOf('other/pyproject.toml'), '[project]\nname = "perjoule"\n', 'toml');
  assert.deepEqual(await client.diagnostics(uriOf('other/pyproject.toml')), []);
  // Neither light bulb nor hover has anything to say there.
  assert.deepEqual(await client.actions(project), []);
  assert.deepEqual(await client.diagnostics(uriOf('missing/pyproject.toml')), []);
});

test('a page says which settings hold and who said each', async () => {
  await writeFile(
    join(folder, 'pyproject.toml'),
    '[tool.perjoule]\nignore = ["loader-no-workers"]\nassume.gpu = "H100 | [x](command:evil)"\n',
  );
  await started({ severity: { 'sync-scalar-in-step': 'error' } });
  const { markdown } = await client.connection.sendRequest<SettingsResult>(settingsRequest, {
    uri: uriOf('train.py'),
  });
  const rows = markdown.split('\n').map((line) => line.replaceAll('\\', ''));
  assert.ok(rows.includes('| loader-no-workers | no | pyproject.toml:2 | information | default |'), markdown);
  assert.ok(
    rows.includes(
      '| sync-scalar-in-step | yes | perjoule.hints.severity | error | perjoule.hints.severity |',
    ),
    markdown,
  );
  assert.ok(rows.includes('| os | not said |  |'));
  // A name from outside stays text.
  assert.doesNotMatch(markdown, /(?<!\\)\[x(?<!\\)\]\(command/);
  assert.equal(await client.connection.sendRequest(settingsRequest, {}), null);
});

test('an untitled text takes no settings from the folder the server was started in', async () => {
  await writeFile(join(folder, 'pyproject.toml'), '[tool.perjoule]\nignore = ["all"]\n');
  const home = process.cwd();
  process.chdir(folder);
  try {
    await started();
  } finally {
    process.chdir(home);
  }
  assert.deepEqual(await codes(), []);
  await client.open('untitled:Untitled-1', trainScript);
  const found = (await client.diagnostics('untitled:Untitled-1')).map(({ code }) => code).sort();
  assert.deepEqual(found, rulesOfTrainScript);
});
