/** A program with the probe prints the same, ends the same and leaves the same behind as without it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noPython, ProgramFolder, pythons } from './runPython.ts';

interface Case {
  readonly what: string;
  /** `main.py` runs unless `args` say otherwise. */
  readonly main: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the probe has anything to tell of it: of a program that ends at once, it has not. */
  readonly tells?: boolean;
}

const busy = 'import time\ndef busy(s):\n    end = time.time() + s\n    while time.time() < end: pass\n';

const cases: readonly Case[] = [
  {
    what: 'a program of the standard library',
    main: `${busy}import json, re\nbusy(.3)\nprint(json.dumps({"a": 1}))`,
  },
  { what: 'one that ends at once', main: 'print("done")', tells: false },
  {
    what: 'a fork whose child works on',
    main: `${busy}import os\nbusy(.2)\npid = os.fork()\nbusy(.2)\nif pid == 0: os._exit(3)\nprint(os.waitpid(pid, 0)[1])`,
  },
  {
    what: 'two hundred forks, warnings as errors',
    main: `${busy}import os\nfor _ in range(200):\n    pid = os.fork()\n    if pid == 0: os._exit(0)\n    os.waitpid(pid, 0)\nbusy(.2)\nprint("ok")`,
    args: ['-W', 'error', 'main.py'],
    tells: false,
  },
  {
    what: 'a pool of workers by fork and by spawn',
    main: `import multiprocessing as m\ndef f(x): return x * x\nif __name__ == "__main__":\n    for way in ("fork", "spawn"):\n        with m.get_context(way).Pool(3) as pool: print(pool.map(f, range(20)))`,
  },
  {
    what: 'exec of another program',
    main: `${busy}import os, sys\nbusy(.2)\nsys.stdout.flush()\nos.execv(sys.executable, [sys.executable, "-c", "import sys; print('second'); sys.exit(7)"])`,
    tells: false,
  },
  {
    what: 'forks between forks, each of which would warn of threads',
    main: `${busy}import os\nfor _ in range(3):\n    busy(.1)\n    for _ in range(3):\n        pid = os.fork()\n        if pid == 0:\n            if os.fork() == 0: os._exit(0)\n            os.wait()\n            os._exit(0)\n        os.waitpid(pid, 0)\n    [[] for _ in range(5000)]\nprint("ok")`,
    args: ['-W', 'always', 'main.py'],
  },
  { what: 'os._exit', main: `${busy}import os\nbusy(.2)\nprint("x", flush=True)\nos._exit(5)`, tells: false },
  { what: 'an exception', main: `${busy}busy(.2)\nraise ValueError("no")` },
  { what: 'sys.exit with words', main: `${busy}import sys\nbusy(.2)\nsys.exit("bye")` },
  {
    what: 'a signal that ends it',
    main: `${busy}import os, signal\nbusy(.2)\nprint("x", flush=True)\nos.kill(os.getpid(), signal.SIGTERM)`,
    tells: false,
  },
  {
    what: 'a signal handler that interrupts a sleep',
    main: `import os, signal, time\ndef on(*_): raise KeyError("rung")\nsignal.signal(signal.SIGALRM, on)\nsignal.setitimer(signal.ITIMER_REAL, .3)\nstart = time.time()\ntry: time.sleep(20)\nexcept KeyError as error: print(error, time.time() - start < 5)`,
  },
  {
    what: 'the user’s own sitecustomize',
    main: `${busy}import sys, sitecustomize\nbusy(.2)\nprint(sitecustomize.mine, sitecustomize.__file__.endswith("own/sitecustomize.py"), hasattr(sys, "was_here"))`,
    files: { 'own/sitecustomize.py': 'import sys\nsys.was_here = True\nmine = 42\n' },
    environment: { PYTHONPATH: 'FOLDER/own' },
  },
  {
    what: 'the user’s own sitecustomize that fails',
    main: 'print("still here")',
    files: { 'own/sitecustomize.py': 'raise RuntimeError("theirs")\n' },
    environment: { PYTHONPATH: 'FOLDER/own' },
    tells: false,
  },
  {
    what: 'the user’s own usercustomize',
    main: 'import sys; print(getattr(sys, "user_was_here", None))',
    files: { 'own/usercustomize.py': 'import sys\nsys.user_was_here = 1\n' },
    environment: { PYTHONPATH: 'FOLDER/own' },
    tells: false,
  },
  {
    what: 'descriptors closed and their numbers used again',
    main: `${busy}import os\nos.closerange(3, 256)\nfiles = [open("f%d" % n, "w") for n in range(20)]\nbusy(2.3)\nfor f in files: f.write("mine"); f.close()\nprint([open("f%d" % n).read() for n in range(20)] == ["mine"] * 20, [f.fileno() for f in map(open, files and [f.name for f in files])])`,
  },
  { what: 'output closed', main: `${busy}import os\nos.close(2)\nos.close(1)\nos.close(0)\nbusy(.3)` },
  {
    what: 'a module with -m',
    main: '',
    files: {
      'pkg/__init__.py': '',
      'pkg/__main__.py': `${busy}import sys\nbusy(.2)\nprint(sys.argv[1:], __name__)`,
    },
    args: ['-m', 'pkg', 'a'],
  },
  { what: 'a program of -c', main: '', args: ['-c', `${busy}busy(.2)\nimport sys; print(sys.argv)`] },
  { what: 'a program from a pipe', main: '', args: ['-'], tells: false },
  {
    what: 'isolated mode, which takes no PYTHONPATH',
    main: 'import sys; print(len(sys.path))',
    args: ['-I', 'main.py'],
    tells: false,
  },
  {
    what: 'threads, counted and named',
    main: `${busy}import threading\nover = threading.Event()\ndef work():\n    busy(.2)\n    over.wait()\nt = [threading.Thread(target=work) for _ in range(4)]\n[x.start() for x in t]\nprint(threading.active_count(), sorted(x.name for x in threading.enumerate()), threading.current_thread() is threading.main_thread())\nover.set()\n[x.join() for x in t]`,
  },
  {
    what: 'modules of the program that have the names of ours',
    main: `${busy}import json\nbusy(1.3)\nprint(json.mine)`,
    files: { 'json.py': 'mine = 1\nprint("imported once")\n', 'threading.py': 'print("never")\n' },
  },
  {
    what: 'what is loaded and where it is looked for',
    main: 'import sys; print(sorted(m for m in sys.modules if m not in ("sitecustomize", "atexit", "time")), sys.path[1:])',
    tells: false,
  },
  {
    what: 'PYTHONPATH as an editor leaves it where there was none',
    main: 'import sys; print(sys.path[1:])',
    environment: { PYTHONPATH: '' },
    tells: false,
  },
  {
    what: 'a program that asks for the stack of every thread',
    main: `${busy}import asyncio\nasync def go():\n    await asyncio.sleep(.3)\n    return 4\nprint(asyncio.run(go()))`,
  },
  {
    what: 'a daemon that leaves its parent',
    main: `${busy}import os\nr, w = os.pipe()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        busy(.3)\n        os.write(w, b"done")\n    os._exit(0)\nos.close(w)\nprint(os.read(r, 9))`,
    tells: false,
  },
  {
    what: 'a folder to write to that is gone',
    main: `${busy}import os, shutil\nshutil.rmtree(os.environ.get("PERJOULE_PROBE") or "none", ignore_errors=True)\nbusy(1.5)\nprint("ok")`,
    tells: false,
  },
  {
    what: 'a profiler and a tracer of its own',
    main: `${busy}import sys\nseen = []\nsys.setprofile(lambda f, e, a: seen.append(f.f_code.co_filename))\nbusy(.2)\nsys.setprofile(None)\nprint(any("perjoule" in name or "probe" in name for name in seen))`,
  },
  {
    what: 'a deep recursion',
    main: `${busy}import sys\nsys.setrecursionlimit(5000)\ndef down(n):\n    if n == 0: busy(.2); return 0\n    return 1 + down(n - 1)\nprint(down(3000))`,
  },
];

/** Addresses and times differ between any two runs. */
const steady = (text: string, folder: string): string =>
  text.replaceAll(folder, 'FOLDER').replace(/0x[0-9a-f]+/g, '0x');

for (const python of pythons)
  for (const { what, main, files = {}, args = ['main.py'], environment = {}, tells = true } of cases)
    test(`${what} (${python})`, () => {
      const folder = new ProgramFolder({ 'main.py': main, ...files });
      try {
        const bare = folder.run(python, args, null, environment);
        const probed = folder.run(python, args, 50, environment);
        assert.equal(probed.signal, bare.signal);
        assert.equal(probed.status, bare.status, probed.err);
        assert.equal(steady(probed.out, folder.path), steady(bare.out, folder.path));
        assert.equal(steady(probed.err, folder.path), steady(bare.err, folder.path));
        if (tells)
          assert.ok(
            folder.lines().some((line) => 'lines' in line),
            'nothing was told',
          );
      } finally {
        folder.remove();
      }
    });

test('there is a Python to try it with', { skip: noPython }, () => assert.ok(pythons.length > 0));
