import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../tools/projectFolder.ts';
import { survive } from './survival.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const demo = readFileSync(join(projectFolder, 'demo', 'train.py'), 'utf8');

test(`ten thousand mutated and cut-off files (seed ${seed})`, () => {
  console.log(`slowest file ${survive(seed, 10_000, demo).toFixed(0)} ms`);
});
