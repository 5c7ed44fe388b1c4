import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { survive } from './survival.ts';

const demo = readFileSync(join(projectFolder, 'demo', 'train.py'), 'utf8');

test('a thousand mutated and cut-off files: none throws, none takes a second, the others keep their findings', (t) => {
  const slowest = survive(20_261_122, 1_000, demo);
  t.diagnostic(`slowest file ${slowest.toFixed(0)} ms`);
});
