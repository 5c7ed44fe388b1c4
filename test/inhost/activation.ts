import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../contracts/commands.ts';
import type { InHostCase } from './case.ts';

const EXTENSION = 'perjoule.perjoule';

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension<unknown>(EXTENSION);
  assert.ok(found, `${EXTENSION} is not installed`);
  return found;
}

export const activation: readonly InHostCase[] = [
  {
    name: 'a Python file activates the extension',
    async run() {
      const document = await vscode.workspace.openTextDocument({
        language: 'python',
        content: 'import torch\n',
      });
      await vscode.window.showTextDocument(document);
      const deadline = Date.now() + 20_000;
      while (!extension().isActive && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(extension().isActive, true);
    },
  },
  {
    name: 'every command of the table is registered',
    async run() {
      await extension().activate();
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(
        Object.keys(commands).filter((command) => !registered.has(command)),
        [],
      );
    },
  },
  {
    name: 'the host is not older than the manifest promises',
    async run() {
      const manifest: { engines?: { vscode?: string } } = extension().packageJSON;
      const [major = 0, minor = 0] = (manifest.engines?.vscode ?? '').replace('^', '').split('.').map(Number);
      const [hostMajor = 0, hostMinor = 0] = vscode.version.split('.').map(Number);
      assert.ok(hostMajor > major || (hostMajor === major && hostMinor >= minor), vscode.version);
    },
  },
];
