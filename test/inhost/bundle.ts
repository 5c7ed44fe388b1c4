import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectFolder } from '../../tools/projectFolder.ts';
import type { InHostResult } from './case.ts';

export interface InHostBundle {
  /** A tiny extension of its own: the suite runs beside the installed product, not as a part of it. */
  readonly runnerExtension: string;
  readonly entry: string;
  /** Where the suite writes what it has to say. */
  readonly resultsFile: string;
  results(): InHostResult[];
}

/** A suite as one file that every host can load, in `folder`. */
export async function bundleInHostSuite(folder: string, suite = 'index.ts'): Promise<InHostBundle> {
  const runnerExtension = join(folder, 'runner');
  await mkdir(runnerExtension, { recursive: true });
  const manifest = {
    name: 'runner',
    publisher: 'perjoule-test',
    version: '0.0.1',
    engines: { vscode: '^1.103.0' },
  };
  writeFileSync(join(runnerExtension, 'package.json'), JSON.stringify(manifest));
  const entry = join(folder, 'suite.cjs');
  const resultsFile = join(folder, 'results.json');
  await build({
    entryPoints: [join(projectFolder, 'test', 'inhost', suite)],
    outfile: entry,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode'],
    define: { RESULTS_FILE: JSON.stringify(resultsFile) },
  });
  return {
    runnerExtension,
    entry,
    resultsFile,
    results: () => JSON.parse(readFileSync(resultsFile, 'utf8')) as InHostResult[],
  };
}
