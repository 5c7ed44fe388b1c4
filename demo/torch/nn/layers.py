# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Layers and losses."""

from .._tensor import Parameter
from . import functional
from .module import Module


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.weight = Parameter((out_features, in_features))
        self.bias = Parameter((out_features,)) if bias else None

    def forward(self, value):
        return functional.linear(value, self.weight, self.bias)


class Conv2d(Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True):
        super().__init__()
        self.weight = Parameter((out_channels, in_channels) + functional.pair(kernel_size))
        self.bias = Parameter((out_channels,)) if bias else None
        self.stride, self.padding = stride, padding

    def forward(self, value):
        return functional.conv2d(value, self.weight, self.bias, self.stride, self.padding)


class BatchNorm2d(Module):
    def __init__(self, num_features):
        super().__init__()
        self.weight = Parameter((num_features,))
        self.bias = Parameter((num_features,))

    def forward(self, value):
        return functional.batch_norm(value, self.weight)


class MaxPool2d(Module):
    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, value):
        return functional.max_pool2d(value, self.kernel_size, self.stride, self.padding)


class AvgPool2d(MaxPool2d):
    pass


class AdaptiveAvgPool2d(Module):
    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, value):
        return functional.adaptive_avg_pool2d(value, self.output_size)


class ReLU(Module):
    def __init__(self, inplace=False):
        super().__init__()

    def forward(self, value):
        return functional.relu(value)


class GELU(ReLU):
    pass


class Softmax(Module):
    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, value):
        return functional.softmax(value, self.dim)


class Dropout(Module):
    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        self.p = p

    def forward(self, value):
        return functional.dropout(value, self.p, self.training)


class Identity(Module):
    def forward(self, value):
        return value


class Flatten(Module):
    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, value):
        return value.flatten(self.start_dim, self.end_dim)


class CrossEntropyLoss(Module):
    def forward(self, value, target):
        return functional.cross_entropy(value, target)


class MSELoss(Module):
    def forward(self, value, target):
        return functional.mse_loss(value, target)
