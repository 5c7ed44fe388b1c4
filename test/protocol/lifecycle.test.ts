/** The server never outlives its editor, and comes back from everything else. */

import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Bundle, bundle } from './bundle.ts';
import { LanguageClient } from './languageClient.ts';

const script = 'import torch\nprint(loss.item())\n';
const uri = 'file:///home/me/train.py';

let built: Bundle;
before(async () => {
  built = await bundle('test/protocol/tinyServer.ts');
});
after(() => built.remove());

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pid: number, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    if (!isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

test('exits when its input ends', { timeout: 5000 }, async () => {
  const client = await LanguageClient.start(built.path);
  client.process.stdin?.end();
  await exited(client.process);
});

test('exits when the channel of its editor closes', { timeout: 5000 }, async () => {
  const child = fork(built.path, ['--node-ipc'], { stdio: 'ignore' });
  const answered = new Promise((resolve) => child.once('message', resolve));
  child.send({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { processId: process.pid, rootUri: null, capabilities: {} },
  });
  await answered;
  child.disconnect();
  await exited(child);
});

test('exits when its editor is killed', { timeout: 15000 }, async () => {
  // An editor of three lines: it starts the server over IPC, says which process that is, and waits.
  const editor = join(built.path, '..', 'editor.mjs');
  await writeFile(
    editor,
    `import { fork } from 'node:child_process';
     const child = fork(${JSON.stringify(built.path)}, ['--node-ipc'], { stdio: 'ignore' });
     child.once('spawn', () => console.log(child.pid)); setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [editor], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))),
  );
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  assert.ok(await untilGone(pid, 8000));
});

test('a killed server is back with its findings within two seconds', async () => {
  const first = await LanguageClient.start(built.path);
  await first.open(uri, script);
  const findings = await first.diagnostics(uri);
  const pull = first.pull(uri).catch(() => undefined);
  first.process.kill('SIGKILL');
  await exited(first.process);
  first.connection.dispose();
  await pull;
  const start = performance.now();
  const second = await LanguageClient.start(built.path);
  await second.open(uri, script);
  assert.deepEqual(await second.diagnostics(uri), findings);
  assert.ok(performance.now() - start < 2000);
  await second.stop();
});

test('a message that is no JSON is passed over', { timeout: 10000 }, async () => {
  const client = await LanguageClient.start(built.path);
  for (const body of ['{"id": 1]', 'null', '[]', '7', '"text"'])
    client.process.stdin?.write(`Content-Length: ${body.length}\r\n\r\n${body}`);
  await client.open(uri, script);
  assert.equal((await client.diagnostics(uri)).length, 1);
  await client.stop();
});

test('a broken frame cannot be read past, but the server still goes with its editor', {
  timeout: 10000,
}, async () => {
  for (const garbage of [
    'Content-Length: x\r\n\r\n',
    'not a header at all\r\n\r\n',
    '\0\xff\xfe'.repeat(99),
  ]) {
    const client = await LanguageClient.start(built.path);
    client.process.stdin?.end(garbage);
    await exited(client.process);
    client.connection.dispose();
  }
});
