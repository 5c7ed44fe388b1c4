/** A tree of made-up Python packages on disk: as many lines as asked for, some of them in files for a GPU. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRandom } from '../../insight/seededRandom.ts';
import { gpuModule, plainModule, Words } from './pythonTemplates.ts';

export interface PythonTree {
  readonly files: readonly string[];
  readonly lines: number;
  readonly bytes: number;
  /** Bytes of files that import a GPU framework. */
  readonly gpuBytes: number;
}

interface Wanted {
  readonly lines: number;
  /** Of the bytes. */
  readonly gpuShare: number;
  readonly seed: number;
}

const packageFiles = 12;

/** The same arguments give the same tree. */
export function writePythonTree(folder: string, { lines: wanted, gpuShare, seed }: Wanted): PythonTree {
  const words = new Words(createSeededRandom(seed));
  const files: string[] = [];
  let [lines, bytes, gpuBytes] = [0, 0, 0];
  while (lines < wanted) {
    const number = Math.floor(files.length / packageFiles);
    const place = join(folder, `package${number}`);
    const index = files.length % packageFiles;
    if (index === 0) {
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, '__init__.py'), '');
    }
    const others = Array.from({ length: index }, (_, i) => `module${i}`);
    const gpu = gpuBytes < gpuShare * bytes || gpuShare === 1;
    const text = gpu ? gpuModule(words, others) : plainModule(words, others);
    const path = join(place, `module${index}.py`);
    writeFileSync(path, text);
    files.push(path);
    lines += text.split('\n').length - 1;
    bytes += text.length;
    if (gpu) gpuBytes += text.length;
  }
  return { files, lines, bytes, gpuBytes };
}

/** One script of at least so many lines, and little more. */
export function longScript(lines: number, seed: number): string {
  const words = new Words(createSeededRandom(seed));
  let text = '';
  while (text.split('\n').length <= lines) text += gpuModule(words, []);
  return text.split('\n').slice(0, lines).join('\n');
}
