# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Where samples come from."""

import random


class Dataset:
    def __getitem__(self, index):
        raise NotImplementedError

    def __add__(self, other):
        raise NotImplementedError("the stand-in does not join data sets")


class IterableDataset(Dataset):
    def __iter__(self):
        raise NotImplementedError


class TensorDataset(Dataset):
    def __init__(self, *tensors):
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(one[index] for one in self.tensors)

    def __len__(self):
        return len(self.tensors[0])


class Subset(Dataset):
    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, list(indices)

    def __getitem__(self, index):
        return self.dataset[self.indices[index]]

    def __len__(self):
        return len(self.indices)


def random_split(dataset, lengths, generator=None):
    order = list(range(len(dataset)))
    random.Random(0).shuffle(order)
    parts, start = [], 0
    for length in lengths:
        count = round(length * len(dataset)) if isinstance(length, float) else length
        parts.append(Subset(dataset, order[start:start + count]))
        start += count
    return parts
