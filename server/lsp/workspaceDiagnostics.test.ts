import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancellationTokenSource, DiagnosticSeverity } from 'vscode-languageserver';
import { type WorkspaceAnswer, WorkspaceDiagnostics } from './workspaceDiagnostics.ts';

const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
const finding = (message: string): WorkspaceAnswer => ({
  resultId: message,
  items: [{ range, message, severity: DiagnosticSeverity.Warning }],
  version: null,
});

test('a pass stops when something has changed, and what it had found already is told as it is at the end', async () => {
  const files = Array.from({ length: 40 }, (_, index) => `file:///m${index}.py`);
  const asked: string[] = [];
  let text = 'before';
  const everyFile: WorkspaceDiagnostics = new WorkspaceDiagnostics({
    files: async () => files,
    projectFiles: async () => [],
    progress: () => ({ begin() {}, report() {}, done() {} }),
    async answer(uri) {
      asked.push(uri);
      if (asked.length === 3) {
        text = 'after';
        everyFile.changed();
      }
      return finding(text);
    },
  });
  const { token } = new CancellationTokenSource();
  const { items } = await everyFile.answer({ previousResultIds: [] }, token, undefined);
  assert.equal(asked.length, 3 + files.length);
  assert.deepEqual(
    items.map(({ uri, resultId }) => `${uri} ${resultId}`),
    files.map((uri) => `${uri} after`),
  );
});

test('a pass that reports in parts goes on when something changes, and the next one corrects what it told', async () => {
  const files = Array.from({ length: 40 }, (_, index) => `file:///m${index}.py`);
  const asked: string[] = [];
  const told: string[] = [];
  const cancel = new CancellationTokenSource();
  let text = 'before';
  const everyFile: WorkspaceDiagnostics = new WorkspaceDiagnostics({
    files: async () => files,
    projectFiles: async () => [],
    progress: () => ({ begin() {}, report() {}, done() {} }),
    async answer(uri) {
      asked.push(uri);
      if (asked.length === 3) text = 'after';
      // Somebody types all the while.
      if (asked.length < files.length) everyFile.changed();
      return finding(text);
    },
  });
  const report = ({ items }: { items: readonly { uri: string; resultId?: string }[] }): void => {
    told.push(...items.map(({ uri, resultId }) => `${uri} ${resultId}`));
    if (told.length === files.length + 2) cancel.cancel();
  };
  await assert.rejects(everyFile.answer({ previousResultIds: [] }, cancel.token, { report }));
  const [first, second] = files;
  assert.deepEqual(told, [
    `${first} before`,
    `${second} before`,
    ...files.slice(2).map((uri) => `${uri} after`),
    `${first} after`,
    `${second} after`,
  ]);
});
