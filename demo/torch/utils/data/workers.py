# Stand-in for demonstration: submits its work to a simulated GPU. This is not PyTorch.
"""Worker processes that prepare batches: real processes, one pipe of tasks each, one queue of results."""

import multiprocessing
import os
import queue
import sys
import traceback

# A worker looks this often whether its parent still lives, so that none stays behind after a crash.
LOOK_AFTER_SECONDS = 2.0


class WorkerInfo:
    def __init__(self, number, count, dataset):
        self.id, self.num_workers, self.dataset = number, count, dataset


_info = None


def get_worker_info():
    """Inside a worker: which one it is. None in the main process."""
    return _info


def _work(number, count, dataset, collate, tasks, results, init):
    """A worker's whole life: take a task, make the batch, until told to stop or left alone."""
    global _info
    _info = WorkerInfo(number, count, dataset)
    parent = os.getppid()
    try:
        if init is not None:
            init(number)
        while True:
            if not tasks.poll(LOOK_AFTER_SECONDS):
                if os.getppid() != parent:
                    # An ordinary end would wait until somebody takes the results.
                    os._exit(1)
                continue
            task = tasks.recv()
            if task is None:
                return
            order, indices = task
            try:
                results.put((order, collate([dataset[index] for index in indices]), None))
            except Exception:
                results.put((order, None, traceback.format_exc()))
    except (KeyboardInterrupt, EOFError):
        os._exit(1)


class Workers:
    """A pool of worker processes. Hands out tasks in turn and gives results back in order."""

    def __init__(self, count, dataset, collate, context=None, init=None):
        context = multiprocessing.get_context(context)
        self._results = context.Queue()
        # Tasks are short lists: a plain pipe takes them at once, without a thread in this process.
        pipes = [context.Pipe(duplex=False) for _ in range(count)]
        self._tasks = [writer for _, writer in pipes]
        self._processes = [
            context.Process(target=_work, daemon=True,
                            args=(number, count, dataset, collate, reader, self._results, init))
            for number, (reader, _) in enumerate(pipes)
        ]
        # What was printed so far must not be printed again by a worker.
        sys.stdout.flush()
        for process in self._processes:
            process.start()
        for reader, _ in pipes:
            reader.close()
        self._ready = {}
        self._given = 0

    def give(self, indices):
        """Queue the samples of one batch; returns its number."""
        number = self._given
        self._tasks[number % len(self._tasks)].send((number, indices))
        self._given += 1
        return number

    def take(self, number):
        """The batch of that number, waiting until a worker has made it."""
        while number not in self._ready:
            try:
                done, batch, failure = self._results.get(timeout=LOOK_AFTER_SECONDS)
            except queue.Empty:
                dead = [str(one.pid) for one in self._processes if not one.is_alive()]
                if dead:
                    raise RuntimeError("DataLoader worker (pid(s) %s) exited unexpectedly" % ", ".join(dead))
                continue
            self._ready[done] = (batch, failure)
        batch, failure = self._ready.pop(number)
        if failure is not None:
            raise RuntimeError("Caught an error in a DataLoader worker process.\nOriginal %s" % failure)
        return batch

    def stop(self):
        for tasks in self._tasks:
            try:
                tasks.send(None)
            except OSError:
                pass  # that worker has died
        for process in self._processes:
            # A worker may be blocked on results that nobody takes any more.
            process.join(0.05)
            if process.is_alive():
                process.terminate()
        for process in self._processes:
            process.join()
        for one in self._tasks + [self._results]:
            one.close()
        self._processes = []
