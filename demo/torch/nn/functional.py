# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Operations of a network: their shapes and costs."""

import math
from array import array

from .. import _progress
from .._types import float32


def pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _elementwise(value):
    return value._run(value.shape, None, 2 * value.nbytes, hint=value._hint)


def relu(value, inplace=False):
    return _elementwise(value)


gelu = relu


def dropout(value, p=0.5, training=True):
    return _elementwise(value) if training else value


def softmax(value, dim=-1):
    return value.softmax(dim)


log_softmax = softmax


def linear(value, weight, bias=None):
    shape = value.shape[:-1] + (weight.shape[0],)
    operations = 2 * math.prod(shape) * value.shape[-1]
    moved = value.nbytes + weight.nbytes + math.prod(shape) * value.dtype.itemsize
    hint = _progress.Logits(getattr(weight, "updates", 0))
    return value._run(shape, None, moved, operations, hint=hint, others=(weight,))


def conv2d(value, weight, bias=None, stride=1, padding=0):
    batch, _, height, width = value.shape
    outputs, inputs, *kernel = weight.shape
    strides, paddings = pair(stride), pair(padding)
    rows = (height + 2 * paddings[0] - kernel[0]) // strides[0] + 1
    columns = (width + 2 * paddings[1] - kernel[1]) // strides[1] + 1
    shape = (batch, outputs, rows, columns)
    operations = 2 * math.prod(shape) * inputs * math.prod(kernel)
    moved = value.nbytes + weight.nbytes + math.prod(shape) * value.dtype.itemsize
    return value._run(shape, None, moved, operations, others=(weight,))


def max_pool2d(value, kernel_size, stride=None, padding=0):
    kernel, strides, paddings = pair(kernel_size), pair(stride or kernel_size), pair(padding)
    rows = (value.shape[2] + 2 * paddings[0] - kernel[0]) // strides[0] + 1
    columns = (value.shape[3] + 2 * paddings[1] - kernel[1]) // strides[1] + 1
    return value._run(value.shape[:2] + (rows, columns), None, 2 * value.nbytes)


avg_pool2d = max_pool2d


def adaptive_avg_pool2d(value, output_size):
    return value._run(value.shape[:2] + pair(output_size), None, value.nbytes)


def batch_norm(value, weight):
    return value._run(value.shape, None, 4 * value.nbytes, others=(weight,))


def cross_entropy(value, target):
    """Mean loss; the number is made up from how often the weights were updated."""
    hint = value._hint
    loss = hint.loss(value.shape[-1]) if isinstance(hint, _progress.Logits) else 1.0
    return value._run((), array("f", [loss]), 3 * value.nbytes, dtype=float32, others=(target,))


nll_loss = cross_entropy


def mse_loss(value, target):
    return cross_entropy(value, target)
