// Commands that hide their program: in the background, below shells and wrappers, in many processes, or gone at once.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { EnergyPanel } from './energyPanel.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { RecordedRuns } from './recordedRuns.ts';
import { untilSettled } from './settled.ts';

const training = 'train.py --epochs 1 --steps 8';

const files = {
  'wrapper.sh': `#!/bin/sh\ncd ..\npython3 ${training}\nexit 7\n`,
  'forks.py': [
    'import os, runpy, sys',
    `sys.argv = '${training}'.split()`,
    'children = []',
    'for _ in range(4):',
    '    child = os.fork()',
    '    if child == 0:',
    "        runpy.run_path('train.py', run_name='__main__')",
    '        os._exit(0)',
    '    children.append(child)',
    'for child in children:',
    '    os.waitpid(child, 0)',
  ].join('\n'),
  'spawns.py': [
    'import multiprocessing, runpy, sys',
    'def work(_):',
    `    sys.argv = '${training}'.split()`,
    "    runpy.run_path('train.py', run_name='__main__')",
    "if __name__ == '__main__':",
    "    with multiprocessing.get_context('spawn').Pool(4) as pool:",
    '        pool.map(work, range(4), chunksize=1)',
  ].join('\n'),
  'launcher.py': [
    'import os, subprocess, sys',
    `command = [sys.executable, *'${training}'.split()]`,
    "ranks = [subprocess.Popen(command, env={**os.environ, 'RANK': str(rank)}) for rank in range(2)]",
    'sys.exit(max(rank.wait() for rank in ranks))',
  ].join('\n'),
  'daemon.py': [
    'import os, runpy, sys',
    'if os.fork():',
    '    os._exit(0)',
    'os.setsid()',
    'if os.fork():',
    '    os._exit(0)',
    'for descriptor in range(3):',
    '    os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)',
    `sys.argv = '${training}'.split()`,
    "runpy.run_path('train.py', run_name='__main__')",
  ].join('\n'),
  'updates.py': [
    'import sys, time, torch',
    'begun, slowest = time.monotonic(), 0',
    'for step in range(1, 201):',
    '    time.sleep(max(0, begun + step / 50 - time.monotonic()))',
    '    before = time.monotonic()',
    "    print(f'\\rhalf of train {step}', end='', flush=True)",
    "    print(f'\\rtrain {step // 2}%|##  | {step}/200 [00:01<00:03, 50.00it/s]', flush=True)",
    '    slowest = max(slowest, time.monotonic() - before)',
    "print(f'printed in {time.monotonic() - begun:.1f} s, slowest in {1000 * slowest:.0f} ms')",
  ].join('\n'),
  'short.py': 'import time\nimport torch\ntime.sleep(0.1)\n',
};

interface Start {
  readonly what: string;
  readonly typed: string;
  readonly name: string;
  /** Null where the shell's code is another program's. */
  readonly exitCode: number | null;
  /** Its processes live so long, milliseconds. */
  readonly leastMs?: number;
}

const starts: readonly Start[] = [
  { what: 'in the background', typed: `python3 ${training} &`, name: 'train.py', exitCode: null },
  {
    what: 'below two shells',
    typed: `bash -c 'bash -c "python3 ${training}"; true'`,
    name: 'train.py',
    exitCode: 0,
  },
  { what: 'four workers by fork', typed: 'python3 forks.py', name: 'forks.py', exitCode: 0 },
  { what: 'four workers by spawn', typed: 'python3 spawns.py', name: 'spawns.py', exitCode: 0 },
  { what: 'a launcher with two ranks', typed: 'python3 launcher.py', name: 'launcher.py', exitCode: 0 },
  { what: 'a daemon', typed: 'python3 daemon.py', name: 'daemon.py', exitCode: null, leastMs: 2_000 },
  { what: 'a script that ends at once', typed: 'python3 short.py', name: 'short.py', exitCode: 0 },
  {
    what: 'a wrapper script, after a change of folder',
    typed: 'cd torch && ../wrapper.sh',
    name: 'train.py',
    exitCode: 7,
  },
];

async function opened(
  t: TestContext,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<{ workbench: Workbench; runs: RecordedRuns }> {
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix()],
    copyOf: join(projectFolder, 'demo'),
    files,
    settings,
  });
  chmodSync(join(workbench.session.workspace, 'wrapper.sh'), 0o755);
  await untilSettled(workbench);
  await workbench.terminal.open();
  return { workbench, runs: new RecordedRuns(workbench) };
}

test('commands that hide their program are one run each, with the typed command and its exit code', async (t) => {
  const { workbench, runs } = await opened(t);
  for (const { what, typed, name, exitCode, leastMs } of starts) {
    await workbench.terminal.show();
    await workbench.terminal.run(typed);
    const { runs: found, seenMs } = await runs.ended(what);
    t.diagnostic(`${what}: seen after ${Math.round(seenMs)} ms, ${found[0]?.durationMs.toFixed(0)} ms long`);
    assert.deepEqual(
      found.map((run) => [run.name, run.command, run.exitCode]),
      [[name, typed, exitCode]],
      what,
    );
    assert.ok((found[0]?.durationMs ?? 0) > (leastMs ?? 0), `${what}: ${found[0]?.durationMs} ms`);
  }
  assert.deepEqual(await runs.fresh(), []);

  await workbench.terminal.show();
  await workbench.terminal.run('python3 ../updates.py');
  const told = await workbench.terminal.waitForText(/^printed in/, 60_000);
  const { runs: found } = await runs.ended('50 updates a second');
  assert.deepEqual(
    found.map(({ steps }) => steps?.count),
    [200],
  );
  const shown = (await workbench.terminal.lines()).filter((line) => /^train /.test(line));
  assert.deepEqual(
    shown.map((line) => line.trimEnd()),
    Array.from(
      { length: 200 },
      (_, step) => `train ${(step + 1) >> 1}%|##  | ${step + 1}/200 [00:01<00:03, 50.00it/s]`,
    ),
  );
  t.diagnostic(`50 updates a second: ${told.trim()}`);
});

test('in a shell that reports no commands, a program is a run to its end', async (t) => {
  const { workbench, runs } = await opened(t, { 'terminal.integrated.shellIntegration.enabled': false });
  for (const steps of [9, 10]) {
    await workbench.terminal.show();
    await workbench.terminal.run(`python3 train.py --epochs 1 --steps ${steps}`);
    const { runs: found, seenMs } = await runs.ended('the quiet run');
    t.diagnostic(`seen after ${Math.round(seenMs)} ms`);
    assert.deepEqual(
      found.map(({ name, command, origin }) => [name, command.replace(/^\S*\//, ''), origin]),
      [['train.py', `python3 train.py --epochs 1 --steps ${steps}`, 'terminal']],
    );
  }
});

test('two programs at once are two runs; one goes on while the window is reloaded', async (t) => {
  const { workbench, runs } = await opened(t);
  await workbench.terminal.run('python3 train.py --epochs 1 --steps 20');
  // The profile comes into view with the first run, and would take the place of a terminal that is opened meanwhile.
  await new EnergyPanel(workbench).waitFor('the first run', ({ runState }) => runState === 'live', 60_000);
  await workbench.terminal.open();
  await workbench.terminal.run('python3 train.py --epochs 1 --steps 9');
  await until('the second run', async () => (await runs.fresh()).length === 2, 60_000);
  await workbench.reload();
  const { runs: found } = await runs.ended('both', 2);
  assert.deepEqual(
    found.map(({ command, state }) => [command, state]),
    [
      ['python3 train.py --epochs 1 --steps 20', 'ended'],
      ['python3 train.py --epochs 1 --steps 9', 'ended'],
    ],
  );

  const panel = new EnergyPanel(workbench);
  await workbench.runCommand('Perjoule: Open Energy Profile');
  const here = await panel.waitFor('the profile', ({ runState }) => runState === 'ended');
  await workbench.quickInput.pickNext('F1', '>View: Move View', 'View: Move View');
  await workbench.quickInput.chooseNext('Energy Profile');
  await workbench.quickInput.choose('New Secondary Side Bar Entry');
  await workbench.page
    .locator('.part.auxiliarybar iframe.webview, .part.auxiliarybar .pane')
    .first()
    .waitFor();
  const there = await panel.waitFor('the profile elsewhere', ({ runState }) => runState === 'ended');
  assert.deepEqual([there.runId, there.energyJ], [here.runId, here.energyJ]);
});
