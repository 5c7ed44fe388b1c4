import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';
import { type CommandResult, runScript } from '../runScript.ts';
import { installedBrowser, installedCodeServer } from '../vscode/installed.ts';
import { type NodeTestOptions, runNodeTests } from './nodeTests.ts';
import { runWithSecondTry } from './secondTry.ts';
import type { Stage, StageResult } from './stage.ts';
import { staticStages } from './staticStages.ts';
import { crossingFolders, filesEnding, unitTestFiles } from './testFiles.ts';

const MINUTE = 60_000;

/** Bytes: what a user downloads before anything works. */
const LARGEST_VSIX = 1_000_000;

/** Cheap and telling first; a folder that is not named here runs before the ones that need a browser. */
const LAST = ['webview', 'workbench', 'desktop'];

export interface Selection {
  readonly filePattern?: string | undefined;
  readonly namePattern?: string | undefined;
}

export function allStages(selection: Selection): readonly Stage[] {
  const folders = crossingFolders();
  const rank = (folder: string): number => LAST.indexOf(folder);
  const ordered = [...folders].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [
    ...staticStages,
    unitStage(selection),
    buildStage,
    ...ordered.map((folder) => crossingStage(folder, selection)),
  ];
}

export function soakStages(selection: Selection): readonly Stage[] {
  return [
    {
      name: 'soak',
      title: 'soak',
      run: () => {
        installedBrowser();
        installedCodeServer();
        return tests(filesEnding('.soak.ts'), selection, {
          concurrency: 1,
          timeoutMs: 240 * MINUTE,
          talkative: true,
        });
      },
    },
  ];
}

function unitStage(selection: Selection): Stage {
  return {
    name: 'unit',
    title: 'unit tests',
    run: () => tests(unitTestFiles(), selection, { concurrency: 2, timeoutMs: 2 * MINUTE }),
  };
}

/** The bundles and the VSIX that the later stages drive: built once, as they ship. */
const buildStage: Stage = { name: 'build', title: 'build and package', run: buildAndPackage };

async function buildAndPackage(): Promise<StageResult> {
  const built = await runScript(join('tools', 'build', 'build.ts'), ['--minify']);
  if (built.code !== 0) return { passed: 0, failed: 1, skipped: [], details: built.output };
  const packaged = await packageOnce();
  if (packaged.code !== 0) return { passed: 1, failed: 1, skipped: [], details: packaged.output };
  const size = statSync(packaged.vsix).size;
  const tooLarge = size > LARGEST_VSIX;
  return {
    passed: tooLarge ? 2 : 3,
    failed: tooLarge ? 1 : 0,
    skipped: [],
    details: 'the VSIX is larger than its limit',
    remarks: [`VSIX ${kilobytes(size)} of at most ${kilobytes(LARGEST_VSIX)}`],
  };
}

/** Every test process that drives the packaged extension finds it by this variable. */
async function packageOnce(): Promise<CommandResult & { readonly vsix: string }> {
  const folder = join(projectFolder, '.tools', 'package');
  mkdirSync(folder, { recursive: true });
  const vsix = join(folder, 'perjoule.vsix');
  const packaged = await runScript(join('tools', 'build', 'package.ts'), [vsix]);
  if (packaged.code === 0) process.env['PERJOULE_VSIX'] = vsix;
  return { ...packaged, vsix };
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}

function crossingStage(folder: string, selection: Selection): Stage {
  const talkative = folder === 'workbench';
  return {
    name: folder,
    title: `${folder} tests`,
    run: async () => {
      // Here, where the progress of an install is seen, and not within a test, where it would count as the test's time.
      if (folder === 'webview' || folder === 'workbench') installedBrowser();
      if (folder === 'workbench') installedCodeServer();
      if (folder === 'workbench' && !process.env['PERJOULE_VSIX']) await packageOnce();
      const files = filesEnding('.test.ts', join('test', folder));
      const alone = files.filter((file) => quietFiles.test(file));
      const others = files.filter((file) => !quietFiles.test(file));
      const options = { timeoutMs: 15 * MINUTE, talkative };
      const together = { ...options, concurrency: filesAtOnce[folder] ?? 1 };
      // Whatever runs more than one file at once waits for programs of its own.
      const run = folder in filesAtOnce ? runWithSecondTry : runNodeTests;
      if (alone.length === 0) return tests(others, selection, together, run);
      return joined(
        await tests(alone, selection, { ...options, concurrency: 1 }, run),
        await tests(others, selection, together, run),
      );
    },
  };
}

/** Files whose tests hold a time or the simulator's truth against a limit: nothing else runs beside them. */
const quietFiles =
  /(workbench.(limits|loop|everyday|earlyCommand)|webview.speed|protocol.lifecycle)\.test\.ts$/;

/** Tests that wait for most of their time, for processes of their own: more than one file of them at once. */
const filesAtOnce: Readonly<Record<string, number>> = { sampler: 4, protocol: 2, webview: 2, workbench: 2 };

function joined(one: StageResult, other: StageResult): StageResult {
  // A half of which nothing was chosen has nothing to say.
  const ran = [one, other].filter(({ passed, failed }) => passed + failed > 0);
  const told = ran.length === 0 ? [one] : ran;
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: told.flatMap(({ skipped }) => skipped),
    details: told.flatMap(({ details }) => (details === '' ? [] : [details])).join('\n'),
    remarks: told.flatMap(({ remarks }) => remarks ?? []),
  };
}

function tests(
  files: readonly string[],
  selection: Selection,
  options: NodeTestOptions,
  run: (files: readonly string[], options: NodeTestOptions) => Promise<StageResult> = runNodeTests,
): Promise<StageResult> {
  const { filePattern, namePattern } = selection;
  const chosen = filePattern ? files.filter((file) => file.includes(filePattern)) : files;
  // The pattern means files of another stage; that it meant none at all is seen at the end.
  if (chosen.length === 0 && files.length > 0)
    return Promise.resolve({ passed: 0, failed: 0, skipped: [], details: '', remarks: ['not chosen'] });
  return run(chosen, { ...options, namePattern });
}
