/** Tells from a command line whether it runs Python, which script, and whether that script is about GPUs. */

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';

const pythonName = /^(?:python|pypy)[\d.]*(?:w|t|d)*(?:\.exe)?$/i;
const optionsWithValue = new Set(['-W', '-X', '--check-hash-based-pycs']);

export interface PythonCommand {
  /** Absolute path of the script; null for `-c`, standard input, an interactive prompt and a module not found. */
  readonly script: string | null;
  /** Short name for people. */
  readonly name: string;
}

/** Null when the arguments do not start Python. `cwd` resolves a relative script. */
export function readPythonCommand(argv: readonly string[], cwd: string | null): PythonCommand | null {
  const program = argv[0];
  if (program === undefined || !pythonName.test(basename(program))) return null;
  const name = basename(program);
  for (let index = 1; index < argv.length; index += 1) {
    const argument = argv[index] ?? '';
    if (argument === '-m' || (/^-[a-zA-Z]*m$/.test(argument) && !argument.startsWith('--'))) {
      const module = argv[index + 1] ?? '';
      const script = moduleFile(module, cwd) ?? launchedScript(argv.slice(index + 2), cwd);
      return { script, name: script === null ? module || name : basename(script) };
    }
    if (argument === '-c' || argument === '-') return { script: null, name: `${name} ${argument}` };
    if (optionsWithValue.has(argument)) index += 1;
    else if (!argument.startsWith('-')) {
      // `torchrun train.py` runs `python /…/bin/torchrun train.py`: people mean their own file.
      const launched = argument.endsWith('.py') ? null : launchedScript(argv.slice(index + 1), cwd);
      const script = launched ?? absolute(argument, cwd);
      return { script, name: basename(script ?? argument) };
    }
  }
  return { script: null, name };
}

function absolute(path: string, cwd: string | null): string | null {
  return isAbsolute(path) ? path : cwd === null ? null : join(cwd, path);
}

/** The first argument of a launcher that is an existing Python file, or the file of the module it is to run. */
function launchedScript(rest: readonly string[], cwd: string | null): string | null {
  for (const [index, argument] of rest.entries()) {
    if (argument === '-m' || argument === '--module') {
      const module = moduleFile(rest.slice(index + 1).find((next) => !next.startsWith('-')) ?? '', cwd);
      if (module !== null) return module;
    }
    if (!argument.endsWith('.py')) continue;
    const path = absolute(argument, cwd);
    if (path !== null && statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  }
  return null;
}

/** `package.module` as a file below the working folder, where `-m` finds the user's own code. */
function moduleFile(module: string, cwd: string | null): string | null {
  if (cwd === null || !/^[\w.]+$/.test(module)) return null;
  const path = join(cwd, ...module.split('.'));
  for (const candidate of [`${path}.py`, join(path, '__main__.py')]) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate;
  }
  return null;
}

const gpuImport =
  /^[ \t]*(?:import|from)[ \t]+(?:[\w.]+[ \t]*(?:as[ \t]+\w+[ \t]*)?,[ \t]*){0,20}(?:torch|tensorflow|jax|flax|keras|cupy|cudf|cuml|numba\.cuda|pytorch_lightning|lightning|transformers|accelerate|deepspeed|vllm|diffusers|mxnet|paddle|xgboost|lightgbm|pycuda|triton|mlx|tinygrad)\b/m;
const longestScript = 2 ** 20;

/** Whether the script's text imports a GPU framework. False for what cannot be read. */
export function importsGpuFramework(path: string): boolean {
  try {
    const descriptor = openSync(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(longestScript);
      return gpuImport.test(buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, longestScript, 0)));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}
