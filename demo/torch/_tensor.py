# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Tensors that know their shape, place and cost; only small and host-made ones know their numbers.

Numbers that a network computes are not computed: nothing is learnt. Where a script would see them (a loss, a
share of right answers) a formula gives figures that look like training. See ``_progress.py``.
"""

import math
import operator
from array import array

from . import _grad, _progress
from ._types import CPU, bool_, device as device_type, dtype as dtype_type, float32, float64, int64


class Storage:
    """Memory of one tensor on a simulated device; given back when nobody holds it."""

    __slots__ = ("queue", "size")

    def __init__(self, queue, size):
        self.queue, self.size = queue, size
        queue.hold(size)

    def __del__(self):
        self.queue.release(self.size)


class Tensor:
    def __init__(self, shape, dtype=float32, device=CPU, values=None, requires_grad=False, node=None, hint=None):
        self.shape = tuple(shape)
        self.dtype = dtype
        self.device = device
        self.requires_grad = requires_grad
        self.grad = None
        self._values = values
        self._node = node
        # What a formula needs to make up numbers read from this tensor later.
        self._hint = hint
        queue = device.queue()
        self._storage = Storage(queue, self.nbytes) if queue is not None else None

    # Shape and place

    @property
    def is_cuda(self):
        return self.device.type == "cuda"

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def nbytes(self):
        return self.numel() * self.dtype.itemsize

    def dim(self):
        return len(self.shape)

    def numel(self):
        return math.prod(self.shape)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def _like(self, shape=None, dtype=None, values=None, hint=None, node=None):
        """A result of this tensor: same place, its own memory."""
        needs_grad = node is not None
        return Tensor(self.shape if shape is None else shape, dtype or self.dtype, self.device, values,
                      needs_grad, node, hint)

    def _view(self, shape):
        """The same numbers in another shape: no work on the device."""
        made = Tensor.__new__(Tensor)
        made.__dict__.update(self.__dict__)
        made.shape = tuple(shape)
        made.grad = None
        return made

    def reshape(self, *shape):
        shape = list(shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape)
        if -1 in shape:
            known = math.prod(one for one in shape if one != -1)
            shape[shape.index(-1)] = self.numel() // max(1, known)
        if math.prod(shape) != self.numel():
            raise RuntimeError("shape %s is invalid for input of size %d" % (shape, self.numel()))
        return self._view(shape)

    view = reshape

    def flatten(self, start_dim=0, end_dim=-1):
        end = end_dim % max(1, self.ndim)
        middle = math.prod(self.shape[start_dim:end + 1])
        return self._view(self.shape[:start_dim] + (middle,) + self.shape[end + 1:])

    def squeeze(self, dim=None):
        keep = [one for at, one in enumerate(self.shape) if one != 1 or (dim is not None and at != dim % self.ndim)]
        return self._view(keep)

    def unsqueeze(self, dim):
        shape = list(self.shape)
        shape.insert(dim % (self.ndim + 1), 1)
        return self._view(shape)

    def contiguous(self):
        return self

    def pin_memory(self):
        return self

    def to(self, *targets, device=None, dtype=None, non_blocking=False, copy=False):
        for target in targets:
            if isinstance(target, dtype_type):
                dtype = target
            elif isinstance(target, Tensor):
                device, dtype = target.device, target.dtype
            elif target is not None:
                device = target
        place = self.device if device is None else device_type(device)
        kind = dtype or self.dtype
        if place == self.device and kind is self.dtype:
            return self
        if self.is_cuda and not place.type == "cuda":
            self._wait()
        values = self._values
        if values is not None and kind.code != self.dtype.code:
            values = array(kind.code, [kind.is_floating_point and float(one) or int(one) for one in values])
        queue = place.queue() or self.device.queue()
        made = Tensor(self.shape, kind, place, values, self.requires_grad, self._node, self._hint)
        if queue is not None:
            queue.copy(self.nbytes) if place != self.device else queue.launch(0, 2 * self.nbytes)
        return made

    def cuda(self, device=None, non_blocking=False):
        return self.to("cuda" if device is None else device_type("cuda", device))

    def cpu(self):
        return self.to("cpu")

    def float(self):
        return self.to(float32)

    def double(self):
        return self.to(float64)

    def long(self):
        return self.to(int64)

    def int(self):
        return self.to(int64)

    def bool(self):
        return self.to(bool_)

    # Reading a number makes the host wait until the device has run everything submitted so far

    def _wait(self):
        queue = self.device.queue()
        if queue is not None:
            queue.wait()

    def _numbers(self):
        if self._values is None:
            self._values = _progress.made_up(self.numel(), self.dtype.code)
        return self._values

    def item(self):
        if self.numel() != 1:
            raise RuntimeError("a Tensor with %d elements cannot be converted to Scalar" % self.numel())
        self._wait()
        value = self._numbers()[0]
        return bool(value) if self.dtype is bool_ else value

    def tolist(self):
        self._wait()
        return _nested(list(self._numbers()), self.shape)

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    __index__ = __int__

    def __bool__(self):
        return bool(self.item())

    def __format__(self, spec):
        return format(self.item(), spec) if not self.shape else format(str(self), spec)

    def __repr__(self):
        where = ", device='%s'" % self.device if self.is_cuda else ""
        return "tensor(%s%s)" % (self.tolist() if self.numel() <= 64 else "... %s" % (self.shape,), where)

    def __iter__(self):
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index):
        if isinstance(index, slice):
            rows = range(*index.indices(self.shape[0]))
            shape = (len(rows),) + self.shape[1:]
        else:
            row = operator.index(index)
            if not -self.shape[0] <= row < self.shape[0]:
                raise IndexError("index %d is out of bounds for dimension of size %d" % (row, self.shape[0]))
            rows, shape = [row % self.shape[0]], self.shape[1:]
        width = math.prod(self.shape[1:])
        values = None
        if self._values is not None:
            values = array(self.dtype.code)
            for row in rows:
                values.extend(self._values[row * width:(row + 1) * width])
        return self._like(shape, values=values, hint=self._hint, node=self._node)

    # Autograd, as far as its cost goes

    def requires_grad_(self, wanted=True):
        self.requires_grad = wanted
        return self

    def detach(self):
        made = self._view(self.shape)
        made.requires_grad, made._node = False, None
        return made

    @property
    def data(self):
        return self.detach()

    def clone(self):
        return self._run(self.shape, self._values, 2 * self.nbytes)

    def backward(self):
        if self._node is None:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
        queue = self.device.queue()
        for node in _grad.nodes_behind(self._node):
            if queue is not None and node.kept is not None:
                # Gradients of the input and of the weights: twice the work of the way forward.
                queue.launch(2 * node.operations, 2 * node.moved_bytes)
            node.kept = None
        self._node = None

    # Arithmetic

    def _run(self, shape, values, moved_bytes, operations=0, dtype=None, hint=None, others=()):
        """Submit one operation and return its result."""
        sources = [one for one in (self,) + tuple(others) if isinstance(one, Tensor)]
        recorded = _grad.is_grad_enabled() and any(one.requires_grad for one in sources)
        kind = dtype or self.dtype
        node = None
        if recorded and kind.is_floating_point:
            kept = [one._storage for one in sources]
            node = _grad.Node(operations, moved_bytes, kept, [one._node for one in sources])
        made = self._like(shape, kind, values, hint, node)
        queue = self.device.queue()
        if queue is not None:
            # Saving what the way back needs costs memory traffic on the way forward.
            factor = 1.15 if node is not None else 1.0
            queue.launch(operations * factor, moved_bytes * factor)
        return made

    def _elementwise(self, other, function, dtype=None):
        values = None
        shape = self.shape
        if isinstance(other, Tensor):
            if other.numel() > self.numel():
                shape = other.shape
            values = _paired(self, other, function)
        elif self._values is not None:
            values = [function(one, other) for one in self._values]
        fractional = isinstance(other, float) or (isinstance(other, Tensor) and other.dtype.is_floating_point)
        kind = dtype or (float32 if not self.dtype.is_floating_point and (
            fractional or function is operator.truediv) else self.dtype)
        if kind is bool_ and dtype is None:
            kind = int64
        if values is not None:
            values = array(kind.code, values)
        moved = 3 * max(self.numel(), math.prod(shape)) * self.dtype.itemsize
        return self._run(shape, values, moved, dtype=kind, others=(other,))

    def __add__(self, other):
        return self._elementwise(other, operator.add)

    __radd__ = __add__

    def __mul__(self, other):
        return self._elementwise(other, operator.mul)

    __rmul__ = __mul__

    def __sub__(self, other):
        return self._elementwise(other, operator.sub)

    def __rsub__(self, other):
        return self._elementwise(other, lambda one, another: another - one)

    def __truediv__(self, other):
        return self._elementwise(other, operator.truediv)

    def __rtruediv__(self, other):
        return self._elementwise(other, lambda one, another: another / one, float32)

    def __neg__(self):
        return self._elementwise(-1, operator.mul)

    def __pow__(self, power):
        return self._elementwise(power, operator.pow)

    add, sub, mul, div = __add__, __sub__, __mul__, __truediv__

    def _compared(self, other, function):
        chance = self._hint if isinstance(self._hint, _progress.Guess) else getattr(other, "_hint", None)
        if isinstance(chance, _progress.Guess) and function is operator.eq:
            values = array("b", chance.hits(self.numel()))
            return self._run(self.shape, values, 2 * self.nbytes, dtype=bool_)
        return self._elementwise(other, function, bool_)

    def eq(self, other):
        return self._compared(other, operator.eq)

    def ne(self, other):
        return self._compared(other, operator.ne)

    def lt(self, other):
        return self._compared(other, operator.lt)

    def gt(self, other):
        return self._compared(other, operator.gt)

    def le(self, other):
        return self._compared(other, operator.le)

    def ge(self, other):
        return self._compared(other, operator.ge)

    __eq__, __ne__, __lt__, __gt__, __le__, __ge__ = eq, ne, lt, gt, le, ge
    __hash__ = object.__hash__

    def add_(self, other):
        return self._become(self + other)

    def mul_(self, other):
        return self._become(self * other)

    def zero_(self):
        return self._become(self * 0)

    def fill_(self, value):
        return self._become(self * 0 + value)

    def copy_(self, other, non_blocking=False):
        return self._become(other.to(self.device))

    def _become(self, result):
        self._values, self._node, self._storage = result._values, result._node, result._storage
        self.dtype, self.shape = result.dtype, result.shape
        return self

    def __iadd__(self, other):
        return self.add_(other) if _roomy(self, other) else self + other

    def __matmul__(self, other):
        shape = self.shape[:-1] + other.shape[1:]
        operations = 2 * math.prod(shape) * self.shape[-1]
        return self._run(shape, None, self.nbytes + other.nbytes, operations, others=(other,))

    matmul = mm = __matmul__

    # Reductions

    def _reduced_shape(self, dim, keepdim):
        if dim is None:
            return ()
        dim %= self.ndim
        return self.shape[:dim] + ((1,) if keepdim else ()) + self.shape[dim + 1:]

    def _reduce(self, dim, keepdim, function, dtype=None):
        kind = dtype or self.dtype
        values = None
        if self._values is not None and dim is None:
            values = array(kind.code, [function(self._values)])
        return self._run(self._reduced_shape(dim, keepdim), values, self.nbytes, dtype=kind)

    def sum(self, dim=None, keepdim=False):
        return self._reduce(dim, keepdim, sum, None if self.dtype.is_floating_point else int64)

    def mean(self, dim=None, keepdim=False):
        return self._reduce(dim, keepdim, lambda values: sum(values) / max(1, len(values)), float32)

    def argmax(self, dim=None, keepdim=False):
        hint = self._hint.guess() if isinstance(self._hint, _progress.Logits) else None
        made = self._reduce(dim, keepdim, lambda values: max(range(len(values)), key=values.__getitem__), int64)
        made._hint = hint
        return made

    def max(self, dim=None, keepdim=False):
        if dim is None:
            return self._reduce(None, False, max)
        return self._run(self._reduced_shape(dim, keepdim), None, self.nbytes), self.argmax(dim, keepdim)

    def min(self):
        return self._reduce(None, False, min)

    def softmax(self, dim=-1):
        return self._run(self.shape, None, 2 * self.nbytes, hint=self._hint)

    log_softmax = softmax

    def abs(self):
        return self._elementwise(0, lambda one, _: abs(one))

    def exp(self):
        return self._elementwise(0, lambda one, _: math.exp(one))

    def sqrt(self):
        return self._elementwise(0, lambda one, _: math.sqrt(one))

    def norm(self):
        return self._reduce(None, False, lambda values: math.sqrt(sum(one * one for one in values)))

    def __reduce__(self):
        if self.is_cuda:
            raise RuntimeError("The stand-in passes only host tensors between processes")
        return (_rebuilt, (self.shape, self.dtype, self._values))


class Parameter(Tensor):
    """A tensor that an optimizer updates; it counts the updates, from which losses are made up."""

    def __init__(self, shape, dtype=float32):
        super().__init__(shape, dtype, requires_grad=True)
        self.updates = 0


def _rebuilt(shape, dtype, values):
    return Tensor(shape, dtype, CPU, values)


def _roomy(target, other):
    """Whether an in-place addition keeps shape and number type."""
    if isinstance(other, Tensor):
        return other.numel() <= target.numel() and (target.dtype.is_floating_point or not other.dtype.is_floating_point)
    return target.dtype.is_floating_point or not isinstance(other, float)


def _paired(one, other, function):
    first, second = one._values, other._values
    if first is None or second is None:
        return None
    if len(first) == len(second):
        return [function(a, b) for a, b in zip(first, second)]
    if len(second) == 1:
        return [function(a, second[0]) for a in first]
    if len(first) == 1:
        return [function(first[0], b) for b in second]
    return None


def _nested(values, shape):
    if not shape:
        return values[0]
    if len(shape) == 1:
        return values
    width = len(values) // max(1, shape[0])
    return [_nested(values[at * width:(at + 1) * width], shape[1:]) for at in range(shape[0])]
