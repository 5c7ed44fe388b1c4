// npm run generate [-- --check | --print]: everything in the tree that is derived from something else in it.
// Without an option it writes; --check writes nothing, shows what differs and how to mend it, and fails; --print shows
// the whole output.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../projectFolder.ts';
import { firstDifference } from './firstDifference.ts';
import type { Generator } from './generator.ts';
import { manifest } from './manifest.ts';
import { precisionPage } from './precisionPage.ts';
import { readmeTables } from './readmeTables.ts';
import { ruleIndex } from './ruleIndex.ts';
import { rulePages } from './rulePages.ts';
import { teachPages } from './teachPages.ts';
import { thirdParty } from './thirdParty.ts';

const generators: readonly Generator[] = [
  ruleIndex,
  rulePages,
  manifest,
  readmeTables,
  precisionPage,
  teachPages,
  thirdParty,
];

type Mode = 'write' | 'check' | 'print';

/** Returns how many files differ from what they should be. */
async function run(generator: Generator, mode: Mode): Promise<number> {
  const outputs = await generator.outputs();
  let differing = 0;
  for (const [path, wanted] of outputs) {
    const file = join(projectFolder, path);
    const present = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (mode === 'print') {
      console.log(`--- ${path}\n${wanted}`);
      continue;
    }
    if (present === wanted) continue;
    differing += 1;
    if (mode === 'check') {
      console.log(`${path} is not in step (${generator.name}):\n${firstDifference(present, wanted)}`);
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
    console.log(`${generator.name}: wrote ${path}`);
  }
  for (const path of staleFiles(generator, outputs)) {
    differing += 1;
    if (mode === 'write') rmSync(join(projectFolder, path));
    console.log(`${generator.name}: ${path} ${mode === 'write' ? 'removed' : 'should not be there'}`);
  }
  return differing;
}

function staleFiles({ owns }: Generator, outputs: ReadonlyMap<string, string>): string[] {
  if (!owns || !existsSync(join(projectFolder, owns.folder))) return [];
  return readdirSync(join(projectFolder, owns.folder))
    .filter((name) => name.endsWith(owns.ending))
    .map((name) => `${owns.folder}/${name}`)
    .filter((path) => !outputs.has(path));
}

const mode: Mode = process.argv.includes('--check')
  ? 'check'
  : process.argv.includes('--print')
    ? 'print'
    : 'write';
let differing = 0;
for (const generator of generators) differing += await run(generator, mode);
if (mode === 'check' && differing > 0) {
  console.log(
    `${differing} generated ${differing === 1 ? 'file is' : 'files are'} not in step. Mend it with: npm run generate`,
  );
  process.exitCode = 1;
}
