# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""The base of all layers."""

from .._tensor import Parameter, Tensor


class Module:
    def __init__(self):
        self.training = True

    def forward(self, *inputs):
        raise NotImplementedError("%s has no forward" % type(self).__name__)

    def __call__(self, *inputs, **named):
        return self.forward(*inputs, **named)

    def named_children(self):
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def children(self):
        for _, child in self.named_children():
            yield child

    def modules(self):
        yield self
        for child in self.children():
            yield from child.modules()

    def named_parameters(self, prefix=""):
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield prefix + name, value
        for name, child in self.named_children():
            yield from child.named_parameters(prefix + name + ".")

    def parameters(self):
        for _, parameter in self.named_parameters():
            yield parameter

    def train(self, mode=True):
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, wanted=True):
        for parameter in self.parameters():
            parameter.requires_grad_(wanted)
        return self

    def zero_grad(self, set_to_none=True):
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, *targets, **named):
        for parameter in self.parameters():
            moved = Tensor.to(parameter, *targets, **named)
            parameter.device, parameter.dtype = moved.device, moved.dtype
            parameter._storage = moved._storage
        return self

    def cuda(self, device=None):
        return self.to("cuda" if device is None else "cuda:%d" % device)

    def cpu(self):
        return self.to("cpu")

    def apply(self, function):
        for module in self.modules():
            function(module)
        return self

    def state_dict(self):
        return {name: parameter.detach() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state):
        missing = [name for name, _ in self.named_parameters() if name not in state]
        if missing:
            raise RuntimeError("Missing key(s) in state_dict: %s" % ", ".join(missing))

    def __repr__(self):
        inside = "".join("\n  (%s): %s" % (name, repr(child).replace("\n", "\n  "))
                         for name, child in self.named_children())
        return "%s(%s%s)" % (type(self).__name__, inside, "\n" if inside else "")


class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        for index, layer in enumerate(layers):
            setattr(self, str(index), layer)

    def forward(self, value):
        for layer in self.children():
            value = layer(value)
        return value

    def __len__(self):
        return len(list(self.children()))

    def __getitem__(self, index):
        return list(self.children())[index]

    def __iter__(self):
        return self.children()


class ModuleList(Sequential):
    def __init__(self, layers=()):
        super().__init__(*layers)
