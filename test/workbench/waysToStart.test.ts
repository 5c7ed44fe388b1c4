// Every way to start a run makes one run, with the command that people know and the exit code of the program.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { RunSummary } from '../../contracts/runs.ts';
import { projectFolder } from '../../tools/projectFolder.ts';
import { packagedVsix } from '../../tools/vscode/packagedVsix.ts';
import { openWorkbench, type Workbench } from './harness/workbench.ts';
import { RecordedRuns } from './recordedRuns.ts';
import { untilSettled } from './settled.ts';
import { packagedStandIn } from './standIn.ts';

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

async function opened(t: TestContext): Promise<Workbench> {
  const debuggerVsix = await packagedStandIn('standInDebugger');
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
  const runs = new RecordedRuns(workbench);
  for (const { label, origin, exitCode, command, steps: printed } of ways) {
    const [, ...words] = label.split(' ');
    await workbench.quickInput.pick('Control+p', label, words.join(' '));
    const { runs: found, seenMs } = await runs.ended(label);
    const [run] = found;
    assert.equal(found.length, 1, `${label}: ${JSON.stringify(found.map((it) => [it.command, it.origin]))}`);
    assert.ok(run !== undefined);
    assert.equal(run.origin, origin, label);
    assert.equal(run.exitCode, exitCode, label);
    assert.match(run.command, command, label);
    assert.equal(run.name, 'train.py', label);
    assert.ok((run.totals.energyJ ?? 0) > 0, label);
    t.diagnostic(`${label}: seen after ${Math.round(seenMs)} ms, ${run.steps?.count ?? 'no'} steps`);
    assert.equal(run.steps?.count ?? null, printed, label);
  }
});
