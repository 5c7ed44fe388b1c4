# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Makes one batch of a list of samples."""


def default_collate(samples):
    import torch

    first = samples[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(samples)
    if isinstance(first, (bool, int, float)):
        return torch.tensor(list(samples))
    if isinstance(first, str):
        return list(samples)
    if isinstance(first, dict):
        return {key: default_collate([one[key] for one in samples]) for key in first}
    if isinstance(first, (tuple, list)):
        return [default_collate(list(part)) for part in zip(*samples)]
    raise TypeError("default_collate: cannot make a batch of %s" % type(first).__name__)
