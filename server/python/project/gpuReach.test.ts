import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuReach } from './gpuReach.ts';
import { symbolIn } from './moduleNames.ts';
import { outlineOf } from './outline.ts';

test('what is joined to a file with a framework by imports is reached, in both directions; the rest is not', () => {
  const imports: Record<string, string[]> = {
    'train.py': ['steps.py'],
    'steps.py': ['metrics.py'],
    'main.py': ['train.py'],
    'server.py': ['routes.py'],
    'alone.py': [],
  };
  const reached = gpuReach(
    Object.keys(imports),
    (path) => imports[path] ?? [],
    (path) => path === 'train.py',
  );
  assert.deepEqual([...reached].sort(), ['main.py', 'metrics.py', 'steps.py', 'train.py']);
});

test('a package of thirty modules that all import from each other through stars is searched once, not on every path', () => {
  const names = Array.from({ length: 30 }, (_, index) => `m${index}`);
  const module = names.map((name) => `from . import ${name}\n`).join('');
  const texts = new Map(names.map((name) => [`/p/${name}.py`, `${module}def of_${name}(): pass\n`]));
  texts.set('/p/__init__.py', names.map((name) => `from .${name} import *\n`).join(''));
  let asked = 0;
  const view = {
    outline: (path: string) => {
      asked += 1;
      const text = texts.get(path);
      return text === undefined ? undefined : outlineOf(text);
    },
    root: () => '/p',
  };
  assert.deepEqual(symbolIn(view, '/p/__init__.py', 'of_m29'), { path: '/p/m29.py', name: 'of_m29' });
  assert.equal(symbolIn(view, '/p/__init__.py', 'nowhere'), undefined);
  asked = 0;
  assert.equal(symbolIn(view, '/p/__init__.py', 'm3'), undefined);
  assert.ok(asked < 5_000, `${asked} outlines asked for`);
});
