# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Whether operations record what a backward pass needs."""

import functools
import threading


class _Mode(threading.local):
    enabled = True


_mode = _Mode()


def is_grad_enabled():
    return _mode.enabled


class _GradMode:
    """Usable as ``with mode():`` and as ``@mode()`` or ``@mode``."""

    _wanted = True

    def __new__(cls, function=None):
        made = super().__new__(cls)
        return made(function) if callable(function) else made

    def __init__(self, function=None):
        self._before = []

    def __enter__(self):
        self._before.append(_mode.enabled)
        _mode.enabled = self._wanted
        return self

    def __exit__(self, *failure):
        _mode.enabled = self._before.pop()

    def __call__(self, function):
        @functools.wraps(function)
        def inside(*args, **kwargs):
            with type(self)():
                return function(*args, **kwargs)

        return inside


class no_grad(_GradMode):
    _wanted = False


class inference_mode(_GradMode):
    _wanted = False


class enable_grad(_GradMode):
    _wanted = True


class set_grad_enabled(_GradMode):
    """``with set_grad_enabled(flag):``; as in PyTorch it takes effect when it is made."""

    def __new__(cls, mode):
        return object.__new__(cls)

    def __init__(self, mode):
        self._before = [_mode.enabled]
        self._wanted = bool(mode)
        _mode.enabled = self._wanted

    def __enter__(self):
        return self


class Node:
    """What one recorded operation costs on the way back, and the device memory it keeps until then."""

    __slots__ = ("operations", "moved_bytes", "kept", "parents")

    def __init__(self, operations, moved_bytes, kept, parents):
        self.operations = operations
        self.moved_bytes = moved_bytes
        self.kept = kept
        self.parents = parents


def nodes_behind(node):
    """All recorded operations that lead to this one, last first."""
    ordered, waiting, seen = [], [node], set()
    while waiting:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        ordered.append(one)
        waiting.extend(one.parents)
    return ordered
