/** Builds the stand-in for the driver's library into a temporary folder, once per shape and process. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadKoffi } from '../../../sampler/native/koffiAddon.ts';

const source = fileURLToPath(new URL('./fakeNvml.c', import.meta.url));

const compiler = ['gcc', 'cc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Why the stand-in cannot be used here; false where it can. Where `CI` is set it must be. */
export const noFakeNvml = ((): string | false => {
  const reason =
    process.platform !== 'linux'
      ? 'the stand-in for the driver library is written for Linux'
      : compiler === undefined
        ? 'no C compiler on this machine'
        : loadKoffi() === null
          ? 'the native part (koffi) is not installed'
          : false;
  if (reason !== false && process.env['CI']) throw new Error(`These tests must run in CI, but: ${reason}.`);
  return reason;
})();

export interface FakeShape {
  /** Generation of the driver: 390, 470, 510, 535 or 570. */
  readonly driver?: number;
  /** Functions that it lacks all the same. */
  readonly without?: readonly string[];
}

let folder: string | undefined;
const built = new Map<string, string>();

function outputFolder(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(tmpdir(), 'pj-nvml-'));
  folder = made;
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

function compile(args: readonly string[]): void {
  const { status, stderr } = spawnSync(compiler ?? 'cc', ['-O1', '-Wall', '-Wextra', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The stand-in does not compile:\n${stderr}`);
}

/** Path of a program that asks the library named by PERJOULE_NVML once, as `nvidia-smi` does. */
export function compileFakeNvidiaSmi(): string {
  const path = join(outputFolder(), 'nvidia-smi');
  compile(['-o', path, fileURLToPath(new URL('./fakeNvidiaSmi.c', import.meta.url)), '-ldl']);
  return path;
}

/** Path of a library that is loaded before all others and makes the machine sleep: see its source. */
export function compileSuspendedClock(): string {
  const path = join(outputFolder(), 'suspended-clock.so');
  compile(['-shared', '-fPIC', '-o', path, fileURLToPath(new URL('./suspendedClock.c', import.meta.url))]);
  return path;
}

/** Path of the shared library. */
export function compileFakeNvml(shape: FakeShape = {}): string {
  const flags = [
    `-DDRIVER=${shape.driver ?? 570}`,
    ...(shape.without ?? []).map((name) => `-D${name}=without_${name}`),
  ];
  const known = built.get(flags.join(' '));
  if (known !== undefined) return known;
  const path = join(outputFolder(), `libnvidia-ml-${built.size}.so.1`);
  compile(['-shared', '-fPIC', ...flags, '-o', path, source, '-lm', '-pthread']);
  built.set(flags.join(' '), path);
  return path;
}
