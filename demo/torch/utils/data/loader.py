# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Batches of a data set, prepared in the main process or by worker processes."""

import random
import time

from ... import _simulated_gpu
from .collate import default_collate
from .workers import Workers


class DataLoader:
    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, num_workers=0, collate_fn=None,
                 pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None,
                 generator=None, prefetch_factor=None, persistent_workers=False):
        if num_workers < 0:
            raise ValueError("num_workers should not be negative")
        if num_workers == 0 and (prefetch_factor is not None or persistent_workers):
            raise ValueError("prefetch_factor and persistent_workers need num_workers > 0")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = bool(shuffle)
        self.sampler = sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn or default_collate
        self.pin_memory = pin_memory
        self.drop_last = drop_last
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.prefetch_factor = 2 if prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self._workers = None

    def __len__(self):
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (1 if rest and not self.drop_last else 0)

    def __iter__(self):
        started = time.monotonic()
        iterator = _InMain(self) if self.num_workers == 0 else _InWorkers(self)
        _simulated_gpu.mark("input", started, time.monotonic())
        return iterator

    def _batches(self):
        """The indices of each batch of one epoch."""
        order = list(range(len(self.dataset)) if self.sampler is None else self.sampler)
        if self.shuffle:
            random.shuffle(order)
        return [order[at * self.batch_size:(at + 1) * self.batch_size] for at in range(len(self))]

    def _start_workers(self):
        return Workers(self.num_workers, self.dataset, self.collate_fn, self.multiprocessing_context,
                       self.worker_init_fn)


class _Iterator:
    def __init__(self, loader):
        self._loader = loader
        self._batches = loader._batches()
        self._next = 0

    def __len__(self):
        return len(self._batches)

    def __iter__(self):
        return self

    def __next__(self):
        started = time.monotonic()
        try:
            if self._next >= len(self._batches):
                self._end()
                raise StopIteration
            batch = self._load(self._next)
            self._next += 1
            return batch
        finally:
            _simulated_gpu.mark("input", started, time.monotonic())

    def _end(self):
        pass


class _InMain(_Iterator):
    def _load(self, number):
        loader = self._loader
        return loader.collate_fn([loader.dataset[index] for index in self._batches[number]])


class _InWorkers(_Iterator):
    def __init__(self, loader):
        super().__init__(loader)
        self._workers = loader._workers or loader._start_workers()
        loader._workers = self._workers if loader.persistent_workers else None
        self._numbers = []
        for _ in range(loader.num_workers * loader.prefetch_factor):
            self._give()

    def _give(self):
        if len(self._numbers) < len(self._batches):
            self._numbers.append(self._workers.give(self._batches[len(self._numbers)]))

    def _load(self, number):
        batch = self._workers.take(self._numbers[number])
        self._give()
        return batch

    def _end(self):
        if self._workers is not None and not self._loader.persistent_workers:
            self._workers.stop()
        self._workers = None

    def __del__(self):
        try:
            self._end()
        except Exception:
            # The interpreter may be on its way out; daemon processes end with it.
            pass
