# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""A small part of PyTorch's surface, enough for the demo script of Perjoule on a machine without a GPU.

It has real worker processes in its DataLoader, a device queue that the host runs ahead of, and reads of a device
value that wait. Numbers of the network are made up; see ``_progress.py``. Remove this folder to use PyTorch.
"""

import math
from array import array

from . import _progress
from ._grad import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from ._tensor import Tensor
from ._types import (
    CPU, bfloat16, bool_ as bool, device, dtype, float16, float32, float64, int32, int64, uint8,
)

float = float32
long = int64
half = float16

__version__ = "0.0+standin"


def manual_seed(number):
    _progress.seed(number)


def is_tensor(value):
    return isinstance(value, Tensor)


def tensor(data, dtype=None, device=CPU, requires_grad=False):
    """A tensor of numbers, of nested lists of them, or of an array."""
    if isinstance(data, array):
        kind = dtype or (float32 if data.typecode in "fd" else int64)
        values = data if data.typecode == kind.code else array(kind.code, data)
        return _placed((len(values),), kind, values, device, requires_grad)
    shape, flat = _flattened(data)
    kind = dtype or _kind_of(flat)
    return _placed(shape, kind, array(kind.code, flat), device, requires_grad)


as_tensor = tensor


def zeros(*shape, dtype=float32, device=CPU, requires_grad=False):
    return full(_shape(shape), 0, dtype=dtype, device=device, requires_grad=requires_grad)


def ones(*shape, dtype=float32, device=CPU, requires_grad=False):
    return full(_shape(shape), 1, dtype=dtype, device=device, requires_grad=requires_grad)


def full(shape, value, dtype=float32, device=CPU, requires_grad=False):
    count = math.prod(shape)
    return _placed(shape, dtype, array(dtype.code, [value]) * count, device, requires_grad)


def randn(*shape, dtype=float32, device=CPU, requires_grad=False):
    shape = _shape(shape)
    return _placed(shape, dtype, _progress.made_up(math.prod(shape), dtype.code), device, requires_grad)


rand = randn


def zeros_like(other):
    return full(other.shape, 0, dtype=other.dtype, device=other.device)


def stack(tensors, dim=0):
    """Joins tensors of one shape along a new first dimension."""
    first = tensors[0]
    if dim != 0:
        raise NotImplementedError("the stand-in stacks along the first dimension only")
    return _joined(tensors, (len(tensors),) + first.shape)


def cat(tensors, dim=0):
    """Joins tensors along their first dimension."""
    if dim != 0:
        raise NotImplementedError("the stand-in joins along the first dimension only")
    return _joined(tensors, (sum(len(one) for one in tensors),) + tensors[0].shape[1:])


def flatten(value, start_dim=0, end_dim=-1):
    return value.flatten(start_dim, end_dim)


def argmax(value, dim=None, keepdim=False):
    return value.argmax(dim, keepdim)


def max(value, dim=None, keepdim=False):
    return value.max(dim, keepdim)


def sum(value, dim=None, keepdim=False):
    return value.sum(dim, keepdim)


def mean(value, dim=None, keepdim=False):
    return value.mean(dim, keepdim)


def eq(one, other):
    return one.eq(other)


def softmax(value, dim=-1):
    return value.softmax(dim)


def relu(value):
    return nn.functional.relu(value)


def _shape(given):
    return tuple(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else tuple(given)


def _placed(shape, kind, values, place, requires_grad):
    made = Tensor(shape, kind, CPU, values, requires_grad)
    return made if str(place) == "cpu" else made.to(place)


def _flattened(data):
    if isinstance(data, Tensor):
        return data.shape, list(data._numbers())
    if not isinstance(data, (list, tuple)):
        return (), [data]
    parts = [_flattened(one) for one in data]
    shapes = {shape for shape, _ in parts}
    if len(shapes) > 1:
        raise ValueError("expected sequences of equal length")
    inner = parts[0][0] if parts else ()
    return (len(parts),) + tuple(inner), [value for _, flat in parts for value in flat]


def _kind_of(flat):
    if flat and all(isinstance(one, type(True)) for one in flat):
        return bool
    return int64 if flat and all(isinstance(one, int) for one in flat) else float32


def _joined(tensors, shape):
    first = tensors[0]
    values = None
    if all(one._values is not None for one in tensors):
        values = array(first.dtype.code)
        for one in tensors:
            values.extend(one._values)
    moved = 2 * math.prod(shape) * first.dtype.itemsize
    return first._run(shape, values, moved, others=tensors[1:])


from . import cuda, nn, optim, utils  # noqa: E402  (they use the names above)
