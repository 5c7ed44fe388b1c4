# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Tells the simulated GPU of Perjoule what this process would do on a real one.

The environment variable PERJOULE_SIM names a file; work is submitted by appending one JSON line to it.
PERJOULE_SIM_GPU names the machine, for example ``h100-sxm`` (the default) or ``h100-sxm*2``.
Times are seconds of the monotonic clock. The format is described in docs/simulated-gpu.md.
"""

import atexit
import json
import os
import re
import time
from collections import deque

DEFAULT_GPU = "h100-sxm"

# A small network keeps a large GPU busy for microseconds. The simulated one runs it as if it were a large
# network: this many floating-point operations and bytes a second, and this many bytes of memory for each byte.
OPERATIONS_PER_SECOND = 4.6e9
BYTES_PER_SECOND = 6.0e9
MEMORY_SCALE = 48

SHORTEST_KERNEL_SECONDS = 6e-6
COPY_BYTES_PER_SECOND = 4.0e8

# The host may be so many pieces of work ahead of the device; then a launch waits, as it does with CUDA.
RUN_AHEAD = 48

# How often to look whether the board was given another power limit.
LIMIT_LOOK_SECONDS = 0.05

# A file that has grown large and is no longer written is started anew.
LARGE_FILE_BYTES = 8 * 1024 * 1024
QUIET_SECONDS = 60


class Queue:
    """One device's queue, as this process sees it: work runs in order, launches return at once."""

    def __init__(self, device):
        self.device = device
        self.free_at = 0.0
        self._stretch = None
        self._limit_size = 0
        self._limit_looked_at = 0.0
        self.allocated = 0
        self.reserved = 0
        self._ends = deque()

    def submit(self, event, seconds, intensity):
        """Put work of the given duration (seconds) and intensity (0-1) at the end of the queue."""
        now = time.monotonic()
        while self._ends and self._ends[0] <= now:
            self._ends.popleft()
        if len(self._ends) >= RUN_AHEAD:
            time.sleep(max(0.0, self._ends.popleft() - now))
            now = time.monotonic()
        seconds *= self._slowdown(now, intensity)
        self.free_at = max(now, self.free_at) + seconds
        self._ends.append(self.free_at)
        _write(
            '{"event":"%s","pid":%d,"time":%.6f,"device":%d,"duration":%.7f,"intensity":%.3f,"memory":%d}'
            % (event, os.getpid(), now, self.device, seconds, intensity, self.reserved)
        )

    def _slowdown(self, now, intensity):
        """How many times as long work of this intensity takes under the board's power limit."""
        if now - self._limit_looked_at >= LIMIT_LOOK_SECONDS:
            self._limit_looked_at = now
            self._look_at_limit(os.environ["PERJOULE_SIM"] + ".limits.jsonl")
        if self._stretch is None:
            return 1.0
        place = intensity * (len(self._stretch) - 1)
        low = min(int(place), len(self._stretch) - 2)
        return self._stretch[low] + (place - low) * (self._stretch[low + 1] - self._stretch[low])

    def _look_at_limit(self, path):
        try:
            size = os.stat(path).st_size
            if size == self._limit_size:
                return
            with open(path, encoding="ascii") as file:
                lines = [json.loads(line) for line in file if line.endswith("\n")]
        except (OSError, ValueError):
            return
        self._limit_size = size
        for line in lines:
            if line["device"] == self.device:
                self._stretch = line["stretch"]

    def launch(self, operations, moved_bytes):
        """One kernel: bound by arithmetic or by memory, whichever takes longer."""
        arithmetic = operations / OPERATIONS_PER_SECOND
        memory = moved_bytes / BYTES_PER_SECOND
        seconds = max(arithmetic, memory, SHORTEST_KERNEL_SECONDS)
        self.submit("work", seconds, 0.65 if arithmetic >= memory else 0.4)

    def copy(self, moved_bytes):
        """A transfer between host and device."""
        self.submit("copy", max(moved_bytes / COPY_BYTES_PER_SECOND, 1e-5), 0.1)

    def wait(self):
        """Return when everything submitted so far has run."""
        started = time.monotonic()
        left = self.free_at - started
        while left > 0:
            time.sleep(left)
            left = self.free_at - time.monotonic()
        mark("sync", started, time.monotonic(), self.device)

    def hold(self, size):
        self.allocated += size * MEMORY_SCALE
        # As PyTorch's allocator does, memory once taken from the device is kept for later use.
        self.reserved = max(self.reserved, self.allocated)

    def release(self, size):
        self.allocated -= size * MEMORY_SCALE


_queues = {}
_file = None
_owner = None


def gpu_name():
    return os.environ.get("PERJOULE_SIM_GPU") or DEFAULT_GPU


def device_count():
    """Devices of the simulated machine; 0 without PERJOULE_SIM."""
    if not os.environ.get("PERJOULE_SIM"):
        return 0
    count = re.search(r"\*\s*(\d+)\s*$", gpu_name())
    return int(count.group(1)) if count else 1


def queue(device):
    """The queue of a device; the first use opens this process's context on it."""
    known = _queues.get(device)
    if known is not None and _owner == os.getpid():
        return known
    if known is not None or (_owner is not None and _owner != os.getpid()):
        raise RuntimeError("Cannot re-initialize CUDA in a forked subprocess; use the 'spawn' start method")
    if device >= device_count():
        raise RuntimeError("No simulated GPU %d: PERJOULE_SIM is %s, PERJOULE_SIM_GPU is %s" % (
            device, os.environ.get("PERJOULE_SIM") or "not set", gpu_name()))
    _open_file()
    _write(json.dumps({
        "event": "open", "pid": os.getpid(), "time": round(time.monotonic(), 6),
        "device": device, "gpu": gpu_name(),
    }))
    _queues[device] = Queue(device)
    return _queues[device]


def mark(doing, started, ended, device=None):
    """Say what the host was doing. Only the simulator's truth file uses it; no measurement does."""
    if _file is None or _owner != os.getpid():
        return
    where = "" if device is None else ',"device":%d' % device
    _write('{"event":"host","pid":%d,"time":%.6f,"doing":"%s","from":%.6f,"to":%.6f%s}' % (
        os.getpid(), ended, doing, started, ended, where))


def _open_file():
    global _file, _owner
    if _file is not None:
        return
    path = os.environ["PERJOULE_SIM"]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        _file = os.open(path, flags, 0o600)
        state = os.fstat(_file)
        if state.st_size > LARGE_FILE_BYTES and time.time() - state.st_mtime > QUIET_SECONDS:
            os.ftruncate(_file, 0)
    except OSError as error:
        raise RuntimeError("The simulated GPU needs a file it can write; PERJOULE_SIM=%s: %s" % (path, error))
    _owner = os.getpid()
    atexit.register(_close)


def _write(line):
    # One write of a short line with O_APPEND: lines of several processes do not mix.
    os.write(_file, line.encode("ascii") + b"\n")


def _close():
    if _file is not None and _owner == os.getpid():
        _write('{"event":"close","pid":%d,"time":%.6f}' % (os.getpid(), time.monotonic()))
