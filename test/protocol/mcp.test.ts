// `perjoule mcp` as it ships, driven by the protocol's own client over standard input and output.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { agentToolNames } from '../../contracts/agentTools.ts';
import { productVersion } from '../../contracts/version.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { endProcessesMarked } from '../../tools/vscode/processes.ts';
import { runFile } from '../recordedRun.ts';
import { rulesOfTrainScript, trainScript } from './scripts.ts';

const cli = join(projectFolder, 'dist', 'cli.js');
/** Of the loader in the script. */
const loaderLine = trainScript.split('\n').findIndex((line) => line.includes('DataLoader(data')) + 1;
const hostile = '<img src=x onerror=alert(1)>[a](http://y)**b**|=1+1,@SUM(1)\u001b[2J';
/** In arguments and variables of a command, and in shapes that are secrets wherever they stand. */
const secrets = [
  ...Array.from({ length: 14 }, (_, at) => `planted-${at}-value`),
  'hf_PLANTED14abcdefghijklmnop',
  'sk-planted15planted15plant',
  'ghp_planted16abcdefghijklmnopqrs',
  'glpat-planted17planted17',
  'AKIAPLANTED18ABCDEFG',
  '5ec7e70123456789abcdef0123456789abcdef19',
];
const names = [
  '--api-key',
  '--password',
  '--hub-token',
  '--secret',
  '--auth-token',
  '--access-key',
  '--passphrase',
];
const command = [
  ...secrets.slice(0, 7).map((secret, at) => `${names[at]} ${secret}`),
  ...secrets
    .slice(7, 14)
    .map((secret, at) => `${(names[at] ?? '').slice(2).toUpperCase().replace('-', '_')}=${secret}`),
  ...secrets.slice(14),
].join(' ');

interface Place {
  readonly root: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly client: Client;
  call(
    name: string,
    input?: Record<string, unknown>,
  ): Promise<{ readonly text: string; readonly isError: boolean }>;
}

async function place(context: TestContext): Promise<Place> {
  const root = mkdtempSync(join(tmpdir(), 'pj-mcp-'));
  const folder = join(root, 'work');
  for (const name of ['work', 'run', 'state', 'home']) mkdirSync(join(root, name), { mode: 0o700 });
  writeFileSync(join(folder, 'train.py'), trainScript);
  const env = {
    HOME: join(root, 'home'),
    XDG_RUNTIME_DIR: join(root, 'run'),
    XDG_STATE_HOME: join(root, 'state'),
    PATH: '/usr/bin:/bin',
    PERJOULE_GRACE_MS: '3000',
  };
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cli, 'mcp'],
    cwd: folder,
    env,
  });
  context.after(async () => {
    await client.close();
    await endProcessesMarked(root);
    rmSync(root, { recursive: true, force: true });
  });
  await client.connect(transport);
  return {
    root,
    folder,
    env,
    client,
    async call(name, input = {}) {
      const result = await client.callTool({ name, arguments: input });
      const [part] = result.content as readonly { readonly type: string; readonly text: string }[];
      return { text: part?.text ?? '', isError: result.isError === true };
    },
  };
}

/** Imports runs into the store of the place. */
async function record({ root, folder, env }: Place): Promise<void> {
  for (const [at, run] of [
    { id: 'before', perStepJ: 40, name: hostile, command: `python train.py ${command}` },
    { id: 'after', perStepJ: 30, name: hostile, command: `python train.py ${command}` },
  ].entries()) {
    const file = join(root, `${run.id}.json`);
    writeFileSync(file, runFile(run, at));
    await promisify(execFile)(process.execPath, [cli, 'import', file], { cwd: folder, env });
  }
}

test('every tool is offered, as one that only reads', async (context) => {
  const { client } = await place(context);
  assert.equal(client.getServerVersion()?.version, productVersion);
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    agentToolNames,
  );
  for (const { annotations, description, inputSchema } of tools) {
    assert.equal(annotations?.readOnlyHint, true);
    assert.ok((description ?? '').length > 40);
    assert.equal(inputSchema.type, 'object');
  }
});

test('code: findings, their pages and a fix as a diff; nothing is written', async (context) => {
  const { folder, call } = await place(context);
  const listed = JSON.parse((await call('list_findings')).text) as {
    findings: { rule: string; path: string; line: number; fix: string | null }[];
  };
  const loader = listed.findings.find(({ rule }) => rule === 'loader-no-workers');
  assert.deepEqual([loader?.path, loader?.line], ['train.py', loaderLine]);
  assert.deepEqual([...new Set(listed.findings.map(({ rule }) => rule))].sort(), rulesOfTrainScript);
  assert.match((await call('explain_rule', { rule: 'loader-no-workers' })).text, /^# loader-no-workers\n/);

  const fix = await call('preview_fix', { path: 'train.py', line: loaderLine, rule: 'loader-no-workers' });
  assert.equal(fix.isError, false, fix.text);
  assert.match(
    fix.text,
    /\n- {4}loader = DataLoader\(data, batch_size=64, shuffle=True\)\n\+ {4}loader = DataLoader\(data, batch_size=64, shuffle=True, num_workers=/,
  );
  assert.match(fix.text, /Nothing was written\./);
  const joined = { path: 'train.py', line: loaderLine, rule: 'Loader_No_Workers' };
  assert.equal((await call('preview_fix', joined)).text, fix.text);
  assert.equal(readFileSync(join(folder, 'train.py'), 'utf8'), trainScript);
  assert.deepEqual(readdirSync(folder), ['train.py']);

  for (const [name, input, why] of [
    [
      'explain_rule',
      { rule: 'loader-no-worker' },
      /did you mean "loader-no-workers"\? There are: .*input-wait/,
    ],
    [
      'explain_rule',
      { rule: 'input-waiting' },
      /no rule or kind of waste "input-waiting"; did you mean "input-wait"/,
    ],
    ['preview_fix', { path: '.', line: loaderLine }, /"\." is a folder; name a file/],
    ['explain_rule', {}, /"rule" must be a text/],
    ['preview_fix', { path: 'train.py', line: 'x' }, /"line" must be a whole number/],
    ['preview_fix', { path: 'train.py', line: 1 }, /no such finding at train\.py:1/],
    ['list_findings', { path: 'none.py' }, /there is no "none\.py"/],
    ['delete_everything', {}, /there is no tool "delete_everything"/],
  ] as const) {
    const wrong = await call(name, input);
    assert.equal(wrong.isError, true, name);
    assert.match(wrong.text, why);
  }
});

test('nothing outside the working folder is read: by a path, through a link, as an import or for settings', async (context) => {
  const { folder, root, call } = await place(context);
  const findings = async (
    path?: string,
  ): Promise<{ findings: { path: string }[]; problems: { path: string }[] }> => {
    const { text, isError } = await call('list_findings', path === undefined ? {} : { path });
    assert.equal(isError, false, text);
    return JSON.parse(text) as { findings: { path: string }[]; problems: { path: string }[] };
  };
  const before = await findings();
  mkdirSync(join(root, 'other'));
  writeFileSync(join(root, 'other', 'outside.py'), trainScript);
  writeFileSync(join(root, 'pyproject.toml'), '[tool.perjoule]\nselect = ["empty-cache-in-step"]\n');
  symlinkSync(join(root, 'other', 'outside.py'), join(folder, 'link.py'));
  symlinkSync(join(root, 'other'), join(folder, 'linked'));
  symlinkSync(join(folder, 'train.py'), join(folder, '..dots.py'));
  for (const path of [
    '../other/outside.py',
    join(root, 'other', 'outside.py'),
    'link.py',
    'linked',
    '/etc/passwd',
  ]) {
    const refused = await call('list_findings', { path });
    assert.deepEqual([refused.isError, /outside the working folder/.test(refused.text)], [true, true], path);
  }
  const after = await findings();
  assert.deepEqual(after.findings, before.findings);
  assert.deepEqual(
    after.problems.map(({ path }) => path),
    ['link.py'],
  );
  assert.deepEqual((await findings('..dots.py')).findings, before.findings);

  // What a function of a file outside does must not be told by what is found here.
  writeFileSync(join(root, 'other', 'helper.py'), 'def log(loss):\n    return loss.item()\n');
  const caller = trainScript
    .replace(/^import torch$/m, 'import torch\nfrom helper import log')
    .replace('loss.item()', 'log(loss)');
  writeFileSync(join(folder, 'caller.py'), caller);
  const alone = await findings('caller.py');
  symlinkSync(join(root, 'other', 'helper.py'), join(folder, 'helper.py'));
  assert.deepEqual((await findings('caller.py')).findings, alone.findings);
});

test('a fix shows the code and none of twenty secrets that stand in it', async (context) => {
  const { folder, call } = await place(context);
  const planted = [
    ...secrets.slice(0, 7).map((secret, at) => `run(["${names[at]}", "${secret}"])`),
    ...secrets.slice(7, 14).map((secret, at) => `conf = {"${(names[at] ?? '').slice(2)}": "${secret}"}`),
    ...secrets.slice(14).map((secret) => `load("${secret}")`),
  ].join('; ');
  const line = 'loader = DataLoader(data, batch_size=64, shuffle=True)';
  assert.ok(trainScript.includes(line));
  const token = 'token = ids[0].argmax()';
  writeFileSync(join(folder, 'secret.py'), trainScript.replace(line, `${line}; ${token}; ${planted}`));
  const fix = await call('preview_fix', { path: 'secret.py', line: loaderLine, rule: 'loader-no-workers' });
  assert.equal(fix.isError, false, fix.text);
  for (const secret of secrets) assert.ok(!fix.text.includes(secret), `${secret} in ${fix.text}`);
  assert.ok(
    fix.text.includes(`+    loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=`),
    fix.text,
  );
  assert.equal(fix.text.split(`; ${token}; run(["--api-key", "•••"])`).length, 3, fix.text);
  assert.match(fix.text, /••• stands for what looks like a secret/);
});

test('runs: list, report, comparison and savings; no secret and no markup in any answer', async (context) => {
  assert.equal(new Set(secrets).size, 20);
  const where = await place(context);
  const { call } = where;
  await record(where);
  const runs = JSON.parse((await call('list_runs', { limit: 5 })).text) as readonly Record<string, unknown>[];
  assert.deepEqual(
    runs.map(({ run, simulated, measuredBy }) => [run, simulated, measuredBy]),
    [
      [2, false, 'counter, band 5 %'],
      [1, false, 'counter, band 5 %'],
    ],
  );
  assert.match(String(runs[0]?.['command']), /^python train\.py --api-key •••/);
  const comparison = JSON.parse((await call('compare_runs', { baseline: '1', run: 'last' })).text) as {
    verdict: string;
    change: number;
  };
  assert.equal(comparison.verdict, 'better');
  assert.ok(Math.abs(comparison.change + 0.25) < 0.05, `${comparison.change}`);
  const report = await call('run_report', { run: 2 });
  assert.match(report.text, /^# Run 2: .*img src/);
  const savings = await call('savings');
  assert.match(savings.text, /No run is pinned as a baseline yet/);
  const missing = await call('run_report', { run: '77' });
  assert.deepEqual(
    [missing.isError, missing.text],
    [true, 'there is no run "77"; "perjoule runs" lists them.'],
  );

  const all = [JSON.stringify(runs), JSON.stringify(comparison), report.text, savings.text];
  for (const text of all) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${text.slice(0, 200)}`);
    assert.ok(!text.includes('\u001b'));
  }
  for (const page of [report.text, savings.text])
    assert.doesNotMatch(page, /(?<!\\)<img|(?<!\\)\]\(|\*\*b\*\*/);
});

test('an agent that closes its side gets the answers to what it had asked', async (t) => {
  const { folder, env } = await place(t);
  const asked = ['list_findings', 'explain_rule', 'nothing', 'list_runs', 'savings'].map((name, at) => ({
    jsonrpc: '2.0',
    id: at + 1,
    method: 'tools/call',
    params: { name, arguments: name === 'explain_rule' ? { rule: 'loader-no-workers' } : {} },
  }));
  const hello = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'pipe', version: '1' } },
  };
  const text = [hello, { jsonrpc: '2.0', method: 'notifications/initialized' }, ...asked]
    .map((message) => `${JSON.stringify(message)}\n`)
    .join('');
  const { stdout } = spawnSync(process.execPath, [cli, 'mcp'], {
    cwd: folder,
    env,
    input: text,
    encoding: 'utf8',
    timeout: 60_000,
  });
  const answered = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: number }).id);
  assert.deepEqual(answered.sort(), [0, 1, 2, 3, 4, 5]);
});
