// Every way to start a run makes one run, with the command that people know and the exit code of the program.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { RunSummary } from '../../contracts/runs.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { until } from '../../tools/until.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { untilSettled } from './settled.ts';
import { packagedDebugger } from './standInDebugger.ts';

const steps = ['--epochs', '1', '--steps', '10'];
const env = { PERJOULE_SIM: '.perjoule/sim.jsonl' };

const tasks = {
  version: '2.0.0',
  tasks: [
    {
      label: 'train in a shell',
      type: 'shell',
      command: `python3 train.py ${steps.join(' ')}; exit 3`,
      problemMatcher: [],
    },
    {
      label: 'train as a process',
      type: 'process',
      command: 'python3',
      args: ['train.py', ...steps],
      problemMatcher: [],
    },
  ].map((task) => ({ ...task, options: { env } })),
};
const debugged = {
  type: 'debugpy',
  request: 'launch',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the editor
  program: '${workspaceFolder}/train.py',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the editor
  cwd: '${workspaceFolder}',
  args: steps,
  env,
};
const launch = {
  version: '0.2.0',
  configurations: [
    { ...debugged, name: 'debug here', console: 'internalConsole' },
    { ...debugged, name: 'debug in a terminal', console: 'integratedTerminal' },
  ],
};

interface Way {
  readonly label: string;
  readonly origin: RunSummary['origin'];
  readonly exitCode: number;
  readonly command: RegExp;
  /** Steps read from its progress lines; null where the editor lets nobody hear what it prints. */
  readonly steps: number | null;
}

const ways: readonly Way[] = [
  {
    label: 'task train in a shell',
    origin: 'task',
    exitCode: 3,
    command: /^python3 train\.py --epochs 1 --steps 10; exit 3$/,
    steps: 10,
  },
  {
    label: 'task train as a process',
    origin: 'task',
    exitCode: 0,
    command: /^python3 train\.py --epochs 1 --steps 10$/,
    steps: null,
  },
  {
    label: 'debug debug here',
    origin: 'debug',
    exitCode: 0,
    command: /^python \S*\/train\.py --epochs 1 --steps 10$/,
    steps: 10,
  },
  {
    label: 'debug debug in a terminal',
    origin: 'debug',
    exitCode: 0,
    command: /^python \S*\/train\.py --epochs 1 --steps 10$/,
    steps: 10,
  },
];

async function recordedRuns({ session }: Workbench): Promise<readonly RunSummary[]> {
  const cli = join(projectFolder, 'dist', 'cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'runs', '--format', 'json'], {
    env: session.env,
  });
  return JSON.parse(stdout) as RunSummary[];
}

async function opened(t: TestContext): Promise<Workbench> {
  const debuggerVsix = await packagedDebugger();
  t.after(() => rmSync(debuggerVsix, { force: true }));
  const workbench = await openWorkbench(t, {
    vsix: [await packagedVsix(), debuggerVsix],
    copyOf: join(projectFolder, 'demo'),
    files: { '.vscode/tasks.json': JSON.stringify(tasks), '.vscode/launch.json': JSON.stringify(launch) },
  });
  await untilSettled(workbench);
  return workbench;
}

test('tasks and debugging make one run each, with their command, exit code and steps', async (t) => {
  const workbench = await opened(t);
  const known = new Set<string>();
  for (const { label, origin, exitCode, command, steps: printed } of ways) {
    const startedAt = performance.now();
    await workbench.quickInput.open('Control+p', label);
    const [, ...words] = label.split(' ');
    await workbench.quickInput.choose(words.join(' '));
    let seenMs = 0;
    const runs = await until(
      `the run of "${label}" to end`,
      async () => {
        const all = (await recordedRuns(workbench)).filter(({ runId }) => !known.has(runId));
        if (all.length > 0 && seenMs === 0) seenMs = performance.now() - startedAt;
        return all.length > 0 && all.every(({ state }) => state === 'ended') && all;
      },
      90_000,
    );
    assert.equal(runs.length, 1, `${label}: ${JSON.stringify(runs.map((run) => [run.command, run.origin]))}`);
    const [run] = runs;
    assert.ok(run !== undefined);
    known.add(run.runId);
    assert.equal(run.origin, origin, label);
    assert.equal(run.exitCode, exitCode, label);
    assert.match(run.command, command, label);
    assert.equal(run.name, 'train.py', label);
    assert.ok((run.totals.energyJ ?? 0) > 0, label);
    t.diagnostic(`${label}: seen after ${Math.round(seenMs)} ms, ${run.steps?.count ?? 'no'} steps`);
    assert.equal(run.steps?.count ?? null, printed, label);
  }
});
