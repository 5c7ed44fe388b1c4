import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as vscode from 'vscode';
import { agentToolNames, agentTools, editorToolName } from '../../contracts/agentTools.ts';
import type { InHostCase } from './case.ts';

async function ask(tool: (typeof agentToolNames)[number], input: object): Promise<string> {
  const options = { input, toolInvocationToken: undefined };
  const { content } = await vscode.lm.invokeTool(editorToolName(tool), options);
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}

export const agentToolCases: readonly InHostCase[] = [
  {
    name: 'every tool of the table is offered to language models',
    async run() {
      const offered = new Map(vscode.lm.tools.map((tool) => [tool.name, tool]));
      for (const name of agentToolNames)
        assert.equal(offered.get(editorToolName(name))?.description, agentTools[name].description, name);
    },
  },
  {
    name: 'tools answer about code and rules, show a fix, and write nothing',
    async run() {
      assert.match(await ask('explain_rule', { rule: 'loader-no-workers' }), /^# loader-no-workers/);
      const { findings } = JSON.parse(await ask('list_findings', { path: 'train.py' })) as {
        findings: readonly { rule: string; line: number }[];
      };
      const loader = findings.find(({ rule }) => rule === 'loader-no-workers');
      assert.ok(loader !== undefined, JSON.stringify(findings));
      const [folder] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(folder !== undefined);
      const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder.uri, 'train.py'));
      const before = document.getText();
      const preview = await ask('preview_fix', { path: 'train.py', line: loader.line, rule: loader.rule });
      assert.match(preview, /\n-.*DataLoader\([\s\S]*\n\+.*num_workers=/);
      assert.equal(document.getText(), before);
      assert.equal(document.isDirty, false);
      await assert.rejects(ask('list_findings', { path: '../outside.py' }));
    },
  },
  {
    name: 'tools stay in the workspace, take a folder as a folder, and say no secret that stands in code',
    async run() {
      const [workspace] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(workspace !== undefined);
      const root = workspace.uri.fsPath;
      const folder = mkdtempSync(join(root, 'tools-'));
      const outside = mkdtempSync(join(tmpdir(), 'pj-outside-'));
      try {
        const train = readFileSync(join(root, 'train.py'), 'utf8');
        const loader = train.split('\n').findIndex((line) => /= DataLoader\(.*\)\s*$/.test(line));
        assert.ok(loader > 0, 'a loader on one line');
        const planted = planted20();
        const secret = train
          .split('\n')
          .map((line, at) => (at === loader ? `${line}; ${planted.code}` : line));
        writeFileSync(join(folder, '..secret.py'), secret.join('\n'));
        writeFileSync(join(outside, 'outside.py'), train);
        symlinkSync(join(outside, 'outside.py'), join(folder, 'link.py'));
        const name = relative(root, folder);

        const path = join(name, '..secret.py');
        const preview = await ask('preview_fix', { path, line: loader + 1, rule: 'loader-no-workers' });
        assert.match(preview, /\n\+.*num_workers=.*; token = ids\[0\]/);
        assert.match(preview, /••• stands for/);
        for (const value of planted.values) assert.ok(!preview.includes(value), `${value} in ${preview}`);

        writeFileSync(join(folder, 'binary.py'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0]));
        writeFileSync(join(folder, 'plain.py'), train);
        // The list of the workspace's files follows the disk a moment later.
        const listed = await until(async () => {
          const text = await ask('list_findings', { path: name }).catch(() => '');
          return /plain\.py/.test(text) ? text : undefined;
        });
        const { findings } = JSON.parse(listed) as { findings: readonly { rule: string; path: string }[] };
        assert.ok(
          findings.some((found) => found.path.endsWith('plain.py') && found.rule === 'loader-no-workers'),
        );
        const { problems } = JSON.parse(listed) as { problems: readonly { path: string; message: string }[] };
        assert.ok(!findings.some((found) => found.path.endsWith('link.py')), listed);
        assert.deepEqual(problems.map((problem) => [problem.path, problem.message]).sort(), [
          [join(name, 'binary.py'), 'The file is binary (it holds NUL bytes) and was not checked.'],
          [join(name, 'link.py'), 'It leads out of the folder and is not read.'],
        ]);
        // As the other door understands it: however the words are joined.
        const shown = await ask('preview_fix', {
          path: join(name, 'plain.py'),
          line: loader + 1,
          rule: 'Loader_No_Workers',
        });
        assert.match(shown, /num_workers=/);
        assert.match(await ask('explain_rule', { rule: 'Loader_No_Workers' }), /^# loader-no-workers/);
        writeFileSync(join(folder, 'note.txt'), 'milk\n');
        assert.match(await ask('list_findings', { path: join(name, 'note.txt') }), /This is no Python file/);
        for (const [tool, input, why] of [
          ['list_findings', { path: join(name, 'link.py') }, /only that is read/],
          ['list_findings', { path: 'none.py' }, /only that is read/],
          ['preview_fix', { path: name, line: 1 }, /is a folder; name a file/],
          ['preview_fix', { path, line: 1 }, /no such finding in line 1/],
          ['explain_rule', { rule: 'loader-no-worker' }, /did you mean "loader-no-workers"/],
        ] as const)
          await assert.rejects(ask(tool, input), why);
        assert.match(await ask('explain_rule', { rule: 'input-wait' }), /^# /);
      } finally {
        rmSync(folder, { recursive: true });
        rmSync(outside, { recursive: true });
      }
    },
  },
];

async function until(look: () => Promise<string | undefined>): Promise<string> {
  const giveUpMs = performance.now() + 30_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    assert.ok(performance.now() < giveUpMs, 'not seen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Twenty secrets in statements of one line, beside a name that sounds like one and holds none. */
function planted20(): { readonly code: string; readonly values: readonly string[] } {
  const names = ['api_key', 'password', 'hub_token', 'secret', 'auth_token'];
  const named = Array.from({ length: 15 }, (_, at) => `planted-${at}-value`);
  const shapes = [
    'hf_PLANTED14abcdefghijklmnop',
    'sk-planted15planted15plant',
    'ghp_planted16abcdefghijklmnopqrs',
  ];
  const others = ['AKIAPLANTED18ABCDEFG', '5ec7e70123456789abcdef0123456789abcdef19'];
  const code = [
    'token = ids[0].argmax()',
    ...named.map((value, at) => `${names[at % names.length]} = "${value}"`),
    ...[...shapes, ...others].map((value) => `load("${value}")`),
  ];
  return { code: code.join('; '), values: [...named, ...shapes, ...others] };
}
