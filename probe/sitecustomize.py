"""Perjoule's optional probe: tells the sampler which line a Python program is at, and how many steps it has done.

Python imports it at its start because its folder is on PYTHONPATH; it does nothing unless PERJOULE_PROBE names the
folder it may write to. Twenty times a second a thread of its own notes the main thread's innermost line that is not
a library's, and what kind of work calls it; once a second it appends what it counted to one file per process. Steps
are counted by torch's own hook for all optimizers.

It must never show in the program, which explains most of what follows:
- The program's own sitecustomize, if there is one, runs as it would have.
- Nothing is imported that the interpreter has not loaded: a module of the program may have the name of ours. That
  is why there is no json and no threading here.
- No descriptor is kept: programs close those they do not know, and reuse their numbers.
- The thread takes no signals, ends before a fork and goes on in the parent afterwards: from 3.12 on a fork warns of
  threads. A forked child gets one of its own only once an optimizer steps in it.
- Any error of ours ends the probe, silently.
The file stays free of syntax that Python 2.7 lacks: whatever interpreter starts must get past it.
"""

import sys


def _chain():
    """Runs the sitecustomize that would have been found without us; its errors are the program's own."""
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    paths = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    told = os.environ.get("PYTHONPATH", "")
    if told.endswith(os.pathsep) and os.path.abspath(told[:-1]) == here:
        # An editor can only put ours before what is there: of nothing, that leaves an entry that means this folder.
        del paths[:1]
        os.environ["PYTHONPATH"] = told[:-1]
    sys.path[:] = paths
    ours = sys.modules.get("sitecustomize")
    if sys.version_info < (3, 4):
        del sys.modules["sitecustomize"]
        try:
            import sitecustomize  # noqa: F401
        except ImportError:
            pass
        finally:
            sys.modules.setdefault("sitecustomize", ours)
        return
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    spec = PathFinder.find_spec("sitecustomize", None)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


# Innermost first: the first frame that one of these knows says what kind of work it is.
_PHASES = (
    ("/torch/optim/", "", "optimizer"),
    ("/torch/autograd/", "", "backward"),
    ("/torch/_tensor.py", "backward", "backward"),
    ("/torch/utils/data/", "", "input"),
    ("/torch/nn/modules/module.py", "", "forward"),
    ("/torch/distributed/", "", "communication"),
    ("importlib._bootstrap", "", "import"),
)

# The folder may lie in memory. Past this, in bytes, a file takes only the steps, once a minute.
_MOST_BYTES = 32 * 1024 * 1024

_LIBRARY = ("/site-packages/", "/dist-packages/", "<frozen ")


class _Probe(object):
    def __init__(self, folder, rate_hz):
        import atexit
        import os
        import time
        import _signal
        import _thread

        self.os, self.time, self.signal, self.thread = os, time, _signal, _thread
        self.folder = folder
        self.period = 1.0 / min(50.0, max(1.0, rate_hz))
        self.main = _thread.get_ident()
        here = os.path.dirname(os.path.abspath(__file__)) + os.sep
        self.library = _LIBRARY + (os.path.dirname(os.__file__) + os.sep, here)
        self.hooked = False
        self.steps = 0
        self.stepped_now = set()
        self.pid = os.getpid()
        self.wake = None
        self.paused = False
        self.forget()
        self.start()
        atexit.register(self.stop)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self.pause, after_in_parent=self.go_on, after_in_child=self.become_child)

    def forget(self):
        self.opened = False
        self.full = False
        self.places = {}
        self.kinds = {}
        self.new = []
        self.counts = {}
        self.phases = {}
        self.samples = 0
        self.step_at = 0.0
        self.since = self.time.monotonic()

    # The thread's life.

    def start(self):
        self.wake = self.thread.allocate_lock()
        self.wake.acquire()
        self.ended = self.thread.allocate_lock()
        self.ended.acquire()
        self.native = 0
        self.thread.start_new_thread(self.run, (self.wake, self.ended))

    def run(self, wake, ended):
        try:
            self.native = self.thread.get_native_id()
            if hasattr(self.signal, "pthread_sigmask"):
                self.signal.pthread_sigmask(self.signal.SIG_BLOCK, self.signal.valid_signals())
            due = self.time.monotonic() + 1.0
            while not wake.acquire(True, self.period):
                self.sample()
                if not self.hooked and "torch.optim" in sys.modules:
                    self.hook()
                if self.time.monotonic() >= due:
                    self.write()
                    due = self.time.monotonic() + 1.0
            self.write(True)
        except Exception:
            pass
        finally:
            ended.release()

    def stop(self):
        """Ends the thread and waits until the system has forgotten it."""
        wake, self.wake = self.wake, None
        if wake is None:
            return
        wake.release()
        if not self.ended.acquire(True, 0.5):
            return
        task = "/proc/self/task/%d" % self.native
        for _ in range(100):
            if not self.os.path.exists(task):
                return
            self.time.sleep(0.0001)

    def pause(self):
        self.paused = self.paused or self.wake is not None
        self.stop()

    def go_on(self):
        """A fork counts the threads only after this: where it does, the garbage collector's next round starts ours."""
        if not self.paused:
            return
        if sys.version_info < (3, 12):
            self.resume()
            return
        import gc

        if self.collected not in gc.callbacks:
            gc.callbacks.append(self.collected)

    def collected(self, phase, info):
        if self.paused and phase == "stop":
            self.resume()

    def resume(self):
        self.paused = False
        gc = sys.modules.get("gc")
        if gc is not None and self.collected in gc.callbacks:
            gc.callbacks.remove(self.collected)
        try:
            self.start()
        except Exception:
            self.wake = None

    def become_child(self):
        """A worker that only loads data has no lines worth a thread; one that trains starts its own."""
        self.wake = None
        self.paused = False
        self.pid = self.os.getpid()
        self.main = self.thread.get_ident()
        self.steps = 0
        self.stepped_now = set()
        self.forget()

    # What is noted.

    def sample(self):
        frame = sys._current_frames().get(self.main)
        place, phase = None, None
        innermost = frame
        depth = 0
        while frame is not None and depth < 200 and (place is None or phase is None):
            code = frame.f_code
            known = self.kinds.get(code)
            if known is None:
                known = self.kinds[code] = self.kind_of(code)
            library, kind = known
            if phase is None:
                phase = kind
            if place is None and not library:
                place = (code, frame.f_lineno)
            frame = frame.f_back
            depth += 1
        if innermost is None or (place is None and innermost.f_code.co_filename == __file__):
            return
        place = place or (innermost.f_code, innermost.f_lineno)
        number = self.places.get(place)
        if number is None:
            number = self.places[place] = len(self.places)
            code, line = place
            self.new.append((number, code.co_filename, line or 0, code.co_name))
        self.counts[number] = self.counts.get(number, 0) + 1
        phase = phase or "other"
        self.phases[phase] = self.phases.get(phase, 0) + 1
        self.samples += 1

    def kind_of(self, code):
        name = code.co_filename.replace("\\", "/")
        library = any(part in name for part in self.library) or name.startswith(self.framework())
        for part, function, phase in _PHASES:
            if part in name and (not function or code.co_name == function):
                return library, phase
        return library, None

    def framework(self):
        # Torch is no code of the user's either where it lies beside it: a checkout, a stand-in.
        paths = getattr(sys.modules.get("torch"), "__path__", None) or ()
        return tuple(str(path).replace("\\", "/") + "/" for path in paths)

    # Steps.

    def hook(self):
        torch = sys.modules.get("torch")
        spec = getattr(torch, "__spec__", None)
        optimizer = sys.modules.get("torch.optim.optimizer") or sys.modules.get("torch.optim")
        if spec is None or getattr(spec, "_initializing", False) or not hasattr(optimizer, "Optimizer"):
            return
        self.hooked = True
        register = getattr(optimizer, "register_optimizer_step_post_hook", None)
        if register is not None:
            register(self.stepped)
        elif hasattr(optimizer.Optimizer, "_hook_for_profile"):
            self.wrap(optimizer.Optimizer)
        # Something else of that name has neither: its lines are sampled all the same.

    def stepped(self, optimizer, args, kwargs):
        """After each step of any optimizer. Those that step in turn (a GAN's) make one: it ends when one steps again."""
        key = id(optimizer)
        if key in self.stepped_now or not self.steps:
            self.steps += 1
            self.stepped_now = set()
        self.stepped_now.add(key)
        self.step_at = self.time.monotonic()
        if self.wake is None:
            self.resume()

    def wrap(self, base):
        """Before torch 2.0 no hook is called for all: each class's step is wrapped once it has an optimizer."""
        probe = self

        def wrapped(cls):
            step = cls.__dict__.get("step")
            if step is None or getattr(step, "perjoule", False):
                return

            def counted(optimizer, *args, **kwargs):
                result = step(optimizer, *args, **kwargs)
                probe.stepped(optimizer, args, kwargs)
                return result

            counted.__dict__.update(getattr(step, "__dict__", {}))
            for name in ("__module__", "__name__", "__qualname__", "__doc__"):
                setattr(counted, name, getattr(step, name, None))
            counted.__wrapped__ = step
            counted.perjoule = True
            cls.step = counted

        def wrap_all(cls):
            for below in cls.__subclasses__():
                if getattr(below.__dict__.get("step"), "hooked", False):
                    wrapped(below)
                wrap_all(below)

        patch = base._hook_for_profile

        def _hook_for_profile(optimizer):
            patch(optimizer)
            wrapped(optimizer.__class__)

        base._hook_for_profile = _hook_for_profile
        wrap_all(base)

    # What is written.

    def write(self, last=False):
        now = self.time.monotonic()
        if self.full:
            if not last and now - self.since < 60.0:
                return
            self.new, self.counts, self.phases, self.samples = [], {}, {}, 0
        if not self.samples and not self.step_at:
            self.since = now
            return
        parts = []
        if not self.opened:
            self.opened = True
            parts.append('{"probe":1,"pid":%d,"python":"%d.%d"}\n' % ((self.pid,) + sys.version_info[:2]))
        new, self.new = self.new, []
        counts, self.counts = self.counts, {}
        phases, self.phases = self.phases, {}
        parts.append(
            '{"from":%.3f,"to":%.3f,"new":[%s],"lines":[%s],"phases":{%s},"steps":%d,"stepAt":%.3f}\n'
            % (
                self.since,
                now,
                ",".join('[%d,%s,%d,%s]' % (n, _quoted(file), line, _quoted(name)) for n, file, line, name in new),
                ",".join("[%d,%d]" % pair for pair in counts.items()),
                ",".join("%s:%d" % (_quoted(name), count) for name, count in phases.items()),
                self.steps,
                self.step_at,
            )
        )
        self.since, self.samples, self.step_at = now, 0, 0.0
        self.append("".join(parts).encode("ascii"))
        if len(self.kinds) > 5000 or len(self.places) > 5000:
            # Code that is made anew again and again must not stay alive through us.
            self.opened, self.places, self.kinds = False, {}, {}

    def append(self, data):
        os = self.os
        path = os.path.join(self.folder, "%d.jsonl" % self.pid)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags, 0o600)
        try:
            # The program may have closed it in between and opened something else under its number.
            status = os.fstat(descriptor)
            if os.path.samestat(status, os.lstat(path)):
                os.write(descriptor, data)
                self.full = status.st_size > _MOST_BYTES
            else:
                descriptor = -1
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _quoted(text):
    """A JSON string, without json."""
    parts = []
    for letter in text[:1000]:
        code = ord(letter)
        if letter in '"\\':
            parts.append("\\" + letter)
        elif 32 <= code < 127:
            parts.append(letter)
        elif code < 0x10000:
            parts.append("\\u%04x" % code)
        else:
            parts.append("\\u%04x\\u%04x" % (0xD800 + ((code - 0x10000) >> 10), 0xDC00 + (code & 0x3FF)))
    return '"' + "".join(parts) + '"'


def _begin():
    import os

    folder = os.environ.get("PERJOULE_PROBE")
    if not folder or sys.version_info < (3, 8) or not os.path.isdir(folder):
        return
    try:
        rate_hz = float(os.environ.get("PERJOULE_PROBE_HZ", "20"))
    except ValueError:
        rate_hz = 20.0
    _Probe(folder, rate_hz)


try:
    _begin()
except Exception:
    pass
_chain()
