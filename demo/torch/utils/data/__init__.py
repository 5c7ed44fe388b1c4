# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Datasets and the loader."""

from .collate import default_collate
from .dataset import Dataset, IterableDataset, Subset, TensorDataset, random_split
from .loader import DataLoader
from .workers import get_worker_info
