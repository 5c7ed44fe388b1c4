/** What kind of file this is, by its path and its first lines: the same code means less in a test than in a training script. */

import type { Module } from './nodes.ts';

export interface Role {
  readonly test: boolean;
  readonly benchmark: boolean;
  readonly tutorial: boolean;
  readonly example: boolean;
  readonly generated: boolean;
  readonly vendored: boolean;
}

/** Without a root only the two nearest folders count: what lies above belongs to the machine, not to the project. */
export function roleOf(path: string, root: string | undefined, module: Module): Role {
  const parts = projectPath(path, root)
    .split('/')
    .filter((p) => p !== '' && p !== '.');
  const file = (parts.pop() ?? '').toLowerCase();
  const folders = parts.map((p) => p.toLowerCase());
  const has = (...names: string[]): boolean => folders.some((f) => names.includes(f));
  const head = module.text.slice(0, 2000);
  const lines = module.text.slice(0, 4000).split('\n', 6);
  return {
    test:
      has('test', 'tests', 'testing', 'unittests') ||
      (/^test_|_test\.py$|^conftest\.py$|_tests\.py$|^tests?\.py$/.test(file) && !isModelTest(file, module)),
    benchmark:
      has('benchmark', 'benchmarks', 'bench', 'profiling', 'perf') ||
      /bench|profil(e|ing)/.test(file) ||
      /\btorch\.utils\.benchmark\b|\bimport timeit\b/.test(module.text),
    tutorial:
      has('tutorial', 'tutorials', 'docs', 'doc') ||
      /tutorial/.test(file) ||
      /^\s*(#|"""|''')[^\n]*\btutorial\b/im.test(head.slice(0, 600)),
    example: has('example', 'examples', 'sample', 'samples') && root !== undefined,
    generated:
      lines.some((l) => /^\s*#.*(@generated|auto-?generated|do not edit)/i.test(l)) ||
      /_pb2(_grpc)?\.py$/.test(file),
    vendored: has(
      'vendor',
      'vendored',
      'third_party',
      'third-party',
      'thirdparty',
      'site-packages',
      'node_modules',
      '.venv',
      'venv',
    ),
  };
}

/** Beside a `train.py`, `test.py` is the script that evaluates a model, not a unit test. */
function isModelTest(file: string, module: Module): boolean {
  return (
    /^(test|tests)\.py$|^test_[a-z]+\.py$/.test(file) &&
    !/\b(unittest|pytest)\b|^\s*def test_/m.test(module.text)
  );
}

function projectPath(path: string, root: string | undefined): string {
  const plain = path.replaceAll('\\', '/');
  const base = root?.replaceAll('\\', '/').replace(/\/$/, '');
  if (base !== undefined && plain.startsWith(`${base}/`)) return plain.slice(base.length + 1);
  return plain.split('/').slice(-3).join('/');
}

/** Tests and benchmarks call in loops what no training does: their calls say nothing of how often a function runs. */
export function callsInVain(path: string): boolean {
  return /(^|[/\\])(tests?|testing|benchmarks?)[/\\]|(^|[/\\])(test_[^/\\]*|[^/\\]*_test|conftest)\.py$/.test(
    path,
  );
}
