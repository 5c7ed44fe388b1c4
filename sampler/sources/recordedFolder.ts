/** A recorded machine as a temporary folder that stands for `/`, for tests. */

import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface RecordedFolder {
  readonly root: string;
  /** Another content from now on, as the driver would give it. */
  write(path: string, content: string): void;
  remove(path: string): void;
  [Symbol.dispose](): void;
}

/** @param machine name of a file in `folders.recorded`, without its ending */
export function recordedFolder(machine: string): RecordedFolder {
  const recording = new URL(`./folders.recorded/${machine}.json`, import.meta.url);
  const files = JSON.parse(readFileSync(recording, 'utf8')) as Readonly<Record<string, string>>;
  const root = mkdtempSync(join(tmpdir(), 'pj-root-'));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    const binary = content.startsWith('hex:');
    const bytes = binary ? Buffer.from(content.slice(4), 'hex') : Buffer.from(`${content}\n`);
    const file = join(root, path);
    // As the kernel does it: a reader never sees an empty file, and the file is never another one.
    if (existsSync(file) && statSync(file).size === bytes.length) {
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, bytes, 0, bytes.length, 0);
      closeSync(descriptor);
    } else writeFileSync(file, bytes);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  return {
    root,
    write,
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
