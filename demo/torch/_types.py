# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Number types and devices."""

from . import _simulated_gpu


class dtype:
    """A number type: its name, its size in bytes, and the array code that holds it on the host."""

    def __init__(self, name, size, code, floating):
        self.name, self.itemsize, self.code, self.is_floating_point = name, size, code, floating

    def __repr__(self):
        return "torch." + self.name

    def __reduce__(self):
        return (_dtype_named, (self.name,))


float16 = dtype("float16", 2, "f", True)
bfloat16 = dtype("bfloat16", 2, "f", True)
float32 = dtype("float32", 4, "f", True)
float64 = dtype("float64", 8, "d", True)
int32 = dtype("int32", 4, "i", False)
int64 = dtype("int64", 8, "q", False)
uint8 = dtype("uint8", 1, "B", False)
bool_ = dtype("bool", 1, "b", False)

_all = {one.name: one for one in (float16, bfloat16, float32, float64, int32, int64, uint8, bool_)}


def _dtype_named(name):
    return _all[name]


class device:
    """``cpu``, ``cuda`` or ``cuda:1``."""

    def __init__(self, kind, index=None):
        if isinstance(kind, device):
            kind, index = kind.type, kind.index
        if ":" in kind:
            kind, _, number = kind.partition(":")
            index = int(number)
        if kind not in ("cpu", "cuda"):
            raise RuntimeError("The stand-in knows the devices cpu and cuda, not %r" % kind)
        self.type = kind
        self.index = index

    def queue(self):
        """The device's queue; None for the CPU."""
        return _simulated_gpu.queue(self.index or 0) if self.type == "cuda" else None

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index or 0) == (other.type, other.index or 0)

    def __hash__(self):
        return hash((self.type, self.index or 0))

    def __str__(self):
        return self.type if self.index is None else "%s:%d" % (self.type, self.index)

    def __repr__(self):
        return "device(type=%r%s)" % (self.type, "" if self.index is None else ", index=%d" % self.index)


CPU = device("cpu")
