/** What the probe tells of a program: its lines, what kind of work calls them, and its steps by torch's hooks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgramFolder, pythons } from './runPython.ts';

/** In the shape of torch from 2.0 on: hooks for the steps of all optimizers. This is not PyTorch. */
const newTorch = {
  'torch/__init__.py': 'from . import optim\n',
  'torch/optim/__init__.py': 'from .optimizer import Optimizer\n',
  'torch/optim/optimizer.py': `import functools
_global_optimizer_post_hooks = {}
def register_optimizer_step_post_hook(hook):
    _global_optimizer_post_hooks[len(_global_optimizer_post_hooks)] = hook
def profile_hook_step(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        out = func(*args, **kwargs)
        for hook in _global_optimizer_post_hooks.values(): hook(args[0], args[1:], kwargs)
        return out
    return wrapper
class Optimizer:
    def __init__(self):
        if not getattr(type(self).step, "hooked", False):
            type(self).step = profile_hook_step(type(self).step)
            type(self).step.hooked = True
`,
};
/** In the shape of torch before 2.0: a class is wrapped once it has an optimizer, and nobody is told of steps. */
const oldTorch = {
  ...newTorch,
  'torch/optim/optimizer.py': `import functools
class Optimizer:
    def __init__(self): self._hook_for_profile()
    def _hook_for_profile(self):
        def profile_hook_step(func):
            @functools.wraps(func)
            def wrapper(*args, **kwargs): return func(*args, **kwargs)
            return wrapper
        if not getattr(self.__class__.step, "hooked", None):
            self.__class__.step = profile_hook_step(self.__class__.step)
            self.__class__.step.hooked = True
`,
};

const training = `import os, sys, time, torch
def busy(seconds):
    end = time.time() + seconds
    while time.time() < end:
        pass
class SGD(torch.optim.Optimizer):
    def step(self, closure=None): return "stepped"
class Adam(torch.optim.Optimizer):
    def step(self, closure=None): return "stepped"
early = SGD()
busy(.4)
late = Adam()
for index in range(60):
    assert early.step() == "stepped"
    if index % 2 == 0: late.step()
    busy(.02)
print(SGD.step.__name__, getattr(SGD.step, "hooked", None))
`;

const last = (folder: ProgramFolder, name: string): unknown =>
  folder
    .lines()
    .map((line) => line[name])
    .filter((value) => value !== undefined)
    .at(-1);

for (const python of pythons) {
  for (const [what, torch] of [
    ['the hook of torch 2.0', newTorch],
    ['the fallback before 2.0', oldTorch],
  ] as const)
    test(`${what} counts the optimizer that steps most (${python})`, () => {
      const folder = new ProgramFolder({ 'main.py': training, ...torch });
      try {
        const { out, err } = folder.run(python, ['main.py'], 50);
        assert.deepEqual([out.trim(), err], ['step True', '']);
        assert.equal(last(folder, 'steps'), 60);
      } finally {
        folder.remove();
      }
    });

  test(`the time that torch takes is told of the line that calls it, wherever torch lies (${python})`, () => {
    const folder = new ProgramFolder({
      'main.py': 'import torch\n\nfor _ in range(5):\n    torch.optim.work(.2)\n',
      'torch/__init__.py': 'from . import optim\n',
      'torch/optim/__init__.py': `import time
def work(seconds):
    end = time.time() + seconds
    while time.time() < end:
        pass
`,
    });
    try {
      assert.equal(folder.run(python, ['main.py'], 50).err, '');
      const places = folder.lines().flatMap((line) => (line['new'] ?? []) as readonly (readonly unknown[])[]);
      const own = places.filter(([, path]) => String(path).startsWith(folder.path));
      const told = own.map(([, path, line]) => `${String(path).slice(folder.path.length + 1)}:${line}`);
      assert.deepEqual(told, ['main.py:4']);
    } finally {
      folder.remove();
    }
  });

  test(`trainings one after the other in a program add up (${python})`, () => {
    const two = `${training.split('early = ')[0]}busy(1.5)
first, second = SGD(), Adam()
for optimizer in (first, second):
    for _ in range(30):
        optimizer.step()
        busy(.02)
`;
    const folder = new ProgramFolder({ 'main.py': two, ...newTorch });
    try {
      folder.run(python, ['main.py'], 50);
      // The first step of the second may be the last of the first's: a GAN's look the same.
      assert.equal(last(folder, 'steps'), 59);
    } finally {
      folder.remove();
    }
  });

  test(`a forked child that trains is told of, one that does not is not (${python})`, () => {
    const forks = `${training.split('early = ')[0]}busy(.3)
for trains in (True, False):
    if os.fork() == 0:
        optimizer = SGD()
        for index in range(30):
            if trains: optimizer.step()
            busy(.02)
        time.sleep(1.5 if trains else 0)
        os._exit(0)
for _ in range(2): os.wait()
`;
    const folder = new ProgramFolder({ 'main.py': forks, ...newTorch });
    try {
      const { status, err } = folder.run(python, ['main.py'], 50);
      assert.deepEqual([status, err], [0, '']);
      const told = folder.lines();
      assert.equal(told.filter((line) => line['probe'] === 1).length, 2);
      assert.equal(Math.max(...told.map((line) => Number(line['steps'] ?? 0))), 30);
    } finally {
      folder.remove();
    }
  });

  test(`a file that has grown too long takes the steps alone (${python})`, () => {
    const program = `${training.split('early = ')[0]}optimizer = SGD()
path = os.path.join(os.environ["PERJOULE_PROBE"], "%d.jsonl" % os.getpid())
with open(path, "w") as file: file.truncate(33 << 20)
end = time.time() + 20
while os.path.getsize(path) == 33 << 20 and time.time() < end: busy(.1)
before = os.path.getsize(path)
for _ in range(10):
    optimizer.step()
    busy(.25)
print(before > 33 << 20, os.path.getsize(path) - before)
`;
    const folder = new ProgramFolder({ 'main.py': program, ...newTorch });
    try {
      const { out } = folder.run(python, ['main.py'], 50);
      assert.equal(out.trim(), 'True 0');
      const { steps, lines } = JSON.parse(folder.text().trimEnd().split('\n').at(-1) ?? '');
      assert.deepEqual([steps, lines], [10, []]);
    } finally {
      folder.remove();
    }
  });

  test(`samples fall on the lines that take the time, and libraries on who calls them (${python})`, () => {
    const program = `import time, textwrap
def slow():
    end = time.time() + 1.5
    while time.time() < end: textwrap.wrap("a b c " * 50)
def fast():
    end = time.time() + 0.5
    while time.time() < end: pass
slow()
fast()
`;
    const folder = new ProgramFolder({ 'ein "Name" – ü.py': program });
    try {
      folder.run(python, ['ein "Name" – ü.py'], 50);
      const names = new Map<number, string>();
      const samples = new Map<string, number>();
      for (const line of folder.lines()) {
        for (const [number, file, , name] of (line['new'] ?? []) as [number, string, number, string][]) {
          assert.ok(file.endsWith('ein "Name" – ü.py'), file);
          names.set(number, name);
        }
        for (const [number, count] of (line['lines'] ?? []) as [number, number][]) {
          const name = names.get(number) ?? '';
          samples.set(name, (samples.get(name) ?? 0) + count);
        }
      }
      const all = [...samples.values()].reduce((sum, count) => sum + count, 0);
      const share = (samples.get('slow') ?? 0) / all;
      assert.ok(share > 0.6 && share < 0.9, `${JSON.stringify([...samples])}`);
    } finally {
      folder.remove();
    }
  });
}
