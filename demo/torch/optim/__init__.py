# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Optimizers: the cost of an update, and a count of updates."""


_after_each_step = []


def register_optimizer_step_post_hook(hook):
    """Calls ``hook(optimizer, args, kwargs)`` after each step of any optimizer."""
    _after_each_step.append(hook)


class Optimizer:
    # Values kept for each weight beside its gradient: they decide memory and traffic of an update.
    kept_per_weight = 0

    def __init__(self, params, **settings):
        given = list(params)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.param_groups = [dict(settings, **dict(group, params=list(group["params"]))) for group in groups]

    def step(self, closure=None):
        """One update of all weights, as one fused kernel."""
        moved, queue = 0, None
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.updates += 1
                moved += (3 + 2 * self.kept_per_weight) * parameter.nbytes
                queue = queue or parameter.device.queue()
        if queue is not None:
            queue.launch(0, moved)
        for hook in _after_each_step:
            hook(self, () if closure is None else (closure,), {})

    def zero_grad(self, set_to_none=True):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None


class SGD(Optimizer):
    kept_per_weight = 1

    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay)


class Adam(Optimizer):
    kept_per_weight = 2

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class AdamW(Adam):
    pass
