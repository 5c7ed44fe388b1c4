import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLinuxProcesses } from './linuxProcesses.ts';
import { watchMainThread } from './mainThread.ts';
import { parseProcStat } from './procStat.ts';
import { parsePsRows } from './psProcesses.ts';
import { importsGpuFramework, readPythonCommand } from './python.ts';

const linux = process.platform === 'linux' ? false : 'needs /proc';

test('the line of /proc/PID/stat is read whatever the process is called', () => {
  const rest = 'S 7 7 3 0 -1 0 0 0 0 0 250 50 0 0 20 0 1 0 8888 1000000 321 0';
  for (const name of ['python', 'a b', 'x) R 1 (', '((']) {
    const found = parseProcStat(`42 (${name}) ${rest}`);
    assert.deepEqual(found, {
      state: 'S',
      parentPid: 7,
      sessionId: 3,
      cpuMs: 3000,
      startTicks: 8888,
      residentPages: 321,
    });
  }
  assert.equal(parseProcStat(''), null);
  assert.equal(parseProcStat('42 (x) S 1'), null);
});

test('Python commands are told apart from others, with the script as an absolute path', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-py-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'pack'));
  writeFileSync(join(folder, 'pack', '__main__.py'), '');
  writeFileSync(join(folder, 'train.py'), '');
  const script = (...argv: string[]): string | null | undefined => readPythonCommand(argv, folder)?.script;
  const train = join(folder, 'train.py');
  assert.equal(script('python', 'train.py'), train);
  assert.equal(
    script('/usr/bin/python3.12', '-u', '-X', 'dev', '-W', 'ignore', 'train.py', '--lr', '1'),
    train,
  );
  assert.equal(script('python3', '/abs/x.py'), '/abs/x.py');
  assert.equal(script('python', '-m', 'pack'), join(folder, 'pack', '__main__.py'));
  assert.equal(script('python', '-um', 'pack'), join(folder, 'pack', '__main__.py'));
  assert.equal(script('python', '-m', 'torch.distributed.run', '--nproc-per-node=2', 'train.py'), train);
  assert.equal(script('/venv/bin/python', '/venv/bin/torchrun', '--nnodes', '1', 'train.py'), train);
  const accelerate = [
    '/venv/bin/python3.11',
    '/venv/bin/accelerate',
    'launch',
    '--num_processes',
    '2',
  ] as const;
  assert.equal(script(...accelerate, '--mixed_precision', 'bf16', 'train.py', '--lr', '1e-4'), train);
  assert.equal(script(...accelerate, '-m', 'pack', '--lr', '1e-4'), join(folder, 'pack', '__main__.py'));
  assert.equal(script('python', '-m', 'accelerate.commands.launch', '--multi_gpu', 'train.py'), train);
  assert.equal(script(...accelerate, '-m', 'nowhere'), '/venv/bin/accelerate');
  assert.equal(script('python', '-c', 'import torch'), null);
  assert.equal(script('python'), null);
  assert.equal(script('node', 'train.py'), undefined);
  assert.equal(script('bash', '-c', 'python train.py'), undefined);
  assert.equal(readPythonCommand(['python', 'train.py'], null)?.script, null);
  assert.equal(readPythonCommand(['python', '-m', 'pack'], folder)?.name, '__main__.py');
});

test('a script is about GPUs when it imports a framework, not when it mentions one', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'pj-py-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const says = (text: string): boolean => {
    const path = join(folder, 'x.py');
    writeFileSync(path, text);
    return importsGpuFramework(path);
  };
  for (const text of [
    'import torch',
    'import os, torch.nn as nn',
    'x = 1\nfrom torch import nn\n',
    'def f():\n    import jax\n',
    'from tensorflow.keras import x',
    'import numpy as np, jax',
  ])
    assert.equal(says(text), true, text);
  for (const text of [
    '# import torch',
    'print("import torch")',
    'import torchless',
    'import os\nimport numpy',
    '',
  ])
    assert.equal(says(text), false, text);
  assert.equal(importsGpuFramework('/nowhere/x.py'), false);
  assert.equal(says(`import ${'a, '.repeat(300_000)}b`), false);
});

test('ps rows of macOS become processes; the dead are left out', () => {
  const rows = parsePsRows(
    [
      '  501     1   501 Ss      01:02 0:00.50  12345 Sat Nov 21 10:11:12 2026 /bin/zsh -l',
      ' 9000   501   501 R+   1-02:03:04 12:34.56 654321 Sat Nov  7 10:11:12 2026 python train.py --x',
      ' 9001   501   501 Z       00:01 0:00.00      0 Sat Nov 21 10:11:12 2026 (python)',
      'nonsense',
    ].join('\n'),
  );
  assert.deepEqual(
    rows.map(({ info }) => [info.pid, info.parentPid, info.ageMs]),
    [
      [501, 1, 62_000],
      [9000, 501, 93_784_000],
    ],
  );
  assert.equal(rows[1]?.cpuMs, 754_560);
  assert.equal(rows[1]?.command, 'python train.py --x');
});

test('a real process is seen with its child, arguments, allowed variables and end', {
  skip: linux,
}, async () => {
  const table = createLinuxProcesses();
  const child = spawn(
    process.execPath,
    ['-e', 'require("child_process").spawn("sleep", ["5"]); setTimeout(() => {}, 5000)'],
    {
      env: { PERJOULE_SIM: '/x/y', AWS_SECRET_ACCESS_KEY: 'no' },
    },
  );
  const pid = child.pid ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 400));
  await table.refresh();
  const found = table.look(pid);
  assert.ok(found !== null);
  assert.equal(found.parentPid, process.pid);
  assert.ok(found.ageMs > 200 && found.ageMs < 5_000, `${found.ageMs}`);
  assert.ok(table.isAlive(found));
  assert.equal(table.isAlive({ pid, start: 'another' }), false);
  assert.equal(table.argumentsOf(pid)?.[0], process.execPath);
  assert.deepEqual(table.variablesOf(pid), { PERJOULE_SIM: '/x/y' });
  assert.ok((table.usageOf(pid)?.residentBytes ?? 0) > 2 ** 22);
  assert.equal(table.holdsGpu(pid), false);
  const [grandchild] = table.childrenOf(pid);
  assert.deepEqual(table.argumentsOf(grandchild ?? 0), ['sleep', '5']);
  const watch = watchMainThread(pid);
  assert.ok((watch?.sample(1)?.cpuMs ?? 0) > 1);
  assert.match(watch?.sample(2)?.state ?? '', /^[RSD]$/);
  child.kill('SIGKILL');
  process.kill(grandchild ?? 0, 'SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(table.look(pid), null);
  assert.equal(watch?.sample(3), null);
  watch?.close();
});

test('a refresh costs little: the processes that were there before are not read again', {
  skip: linux,
}, async () => {
  const table = createLinuxProcesses();
  await table.refresh();
  const fromMs = process.cpuUsage();
  for (let round = 0; round < 100; round += 1) await table.refresh();
  const { user, system } = process.cpuUsage(fromMs);
  // Four a second on a quiet machine must stay far below one hundredth of a core.
  assert.ok((user + system) / 100 < 2_000, `${(user + system) / 100} µs each`);
});
