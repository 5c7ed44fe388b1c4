import assert from 'node:assert/strict';
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
];
