import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';
import { runScript } from '../runScript.ts';
import type { Stage, StageResult } from './stage.ts';

const bin = (...path: string[]): string => join('node_modules', ...path);

/** A static check counts as one test. */
async function checkByScript(script: string, args: readonly string[]): Promise<StageResult> {
  const { code, output } = await runScript(script, args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], details: output.trim() };
}

/** Cheap checks of the text, before anything runs. */
export const staticStages: readonly Stage[] = [
  {
    name: 'lint',
    title: 'format and lint',
    run: () =>
      checkByScript(bin('@biomejs', 'biome', 'bin', 'biome'), ['check', '--max-diagnostics=40', '.']),
  },
  {
    name: 'generated',
    title: 'generated files in step',
    run: () => checkByScript(join('tools', 'generate', 'generate.ts'), ['--check']),
  },
  { name: 'imports', title: 'import directions', run: checkImports },
  { name: 'types', title: 'types, room by room', run: checkTypes },
  {
    name: 'unused',
    title: 'unused files and exports',
    run: () => checkByScript(bin('knip', 'bin', 'knip.js'), ['--no-progress', '--no-config-hints']),
  },
];

function checkImports(): Promise<StageResult> {
  const rooms = [
    'contracts',
    'server',
    'sampler',
    'planner',
    'insight',
    'cli',
    'probe',
    'media',
    'src',
    'tools',
    'test',
  ];
  return checkByScript(bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'), [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err-long',
    ...rooms.filter((room) => existsSync(join(projectFolder, room))),
  ]);
}

/** Two compilers at a time: more only fight for the same two cores. */
const COMPILERS = 2;

/** Each room has its own tsconfig with only its own libraries: that is half of the fence around it. */
async function checkTypes(): Promise<StageResult> {
  const rooms = readdirSync(projectFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(projectFolder, entry.name, 'tsconfig.json')))
    .map((entry) => entry.name)
    .sort();
  const waiting = [...rooms];
  const failures: string[] = [];
  const worker = async (): Promise<void> => {
    for (let room = waiting.shift(); room !== undefined; room = waiting.shift()) {
      const { code, output } = await runScript(bin('typescript', 'bin', 'tsc'), [
        '-p',
        room,
        '--pretty',
        'false',
      ]);
      // An empty room is not yet wrong.
      if (code !== 0 && !output.includes('TS18003')) failures.push(`${room}:\n${output.trim()}`);
    }
  };
  await Promise.all(Array.from({ length: COMPILERS }, worker));
  return {
    passed: rooms.length - failures.length,
    failed: failures.length,
    skipped: [],
    details: failures.sort().join('\n'),
  };
}
