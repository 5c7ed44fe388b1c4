"""Tests of the demo's stand-in for PyTorch. Run by standInTorch.test.ts, or by hand."""

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

DEMO = Path(__file__).resolve().parents[3] / "demo"
sys.path.insert(0, str(DEMO))

if __name__ == "__main__":
    FOLDER = tempfile.TemporaryDirectory()
    SIM = os.path.join(FOLDER.name, "deep", "sim.jsonl")
    os.environ["PERJOULE_SIM"] = SIM
    os.environ["PERJOULE_SIM_GPU"] = "h100-sxm*2"

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split  # noqa: E402


def lines():
    with open(SIM) as file:
        return [json.loads(line) for line in file]


def waits():
    return sum(1 for line in lines() if line["event"] == "host" and line["doing"] == "sync")


def alive(pid):
    try:
        return Path("/proc/%d/stat" % pid).read_text().split()[2] != "Z"
    except OSError:
        return False


class Squares(Dataset):
    """Each sample also tells which process made it."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        return torch.tensor([float(index)]), index * index, os.getpid()


class Large(Squares):
    """Samples that do not fit into a pipe."""

    def __getitem__(self, index):
        return torch.zeros(100000), os.getpid()


class Slow(Squares):
    def __getitem__(self, index):
        time.sleep(0.1)
        return super().__getitem__(index)


class Broken(Squares):
    def __getitem__(self, index):
        if index == 5:
            raise ValueError("sample five is broken")
        return super().__getitem__(index)


class Dying(Squares):
    def __getitem__(self, index):
        if index == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


class UsesDevice(Squares):
    def __getitem__(self, index):
        return torch.tensor([1.0]).cuda()


class Numbers(unittest.TestCase):
    def test_host_tensors_have_real_numbers(self):
        value = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        self.assertEqual(value.shape, (2, 2))
        self.assertEqual(value.sum().item(), 10.0)
        self.assertEqual((2 * value + 1).tolist(), [[3.0, 5.0], [7.0, 9.0]])
        self.assertEqual(value[1].tolist(), [3.0, 4.0])
        self.assertEqual(value.view(-1).argmax().item(), 3)
        self.assertEqual((torch.tensor([1, 2, 3]) == torch.tensor([1, 5, 3])).sum().item(), 2)
        self.assertEqual((torch.tensor([1, 2]) / 2).tolist(), [0.5, 1.0])
        self.assertEqual((1 - torch.tensor(0.25)).item(), 0.75)
        self.assertEqual(torch.zeros(2, 3).numel(), 6)
        self.assertEqual(f"{torch.tensor(0.5):.2f}", "0.50")
        with self.assertRaises(RuntimeError):
            value.item()

    def test_in_place_addition_keeps_the_tensor(self):
        total = torch.zeros(1)
        same = total
        total += torch.tensor([2.0])
        total += 1
        self.assertIs(total, same)
        self.assertEqual(total.item(), 3.0)
        count = 0
        count += torch.tensor([True, False, True]).sum()
        self.assertEqual(count.item(), 2)
        self.assertAlmostEqual((count / 3).item(), 2 / 3, places=5)

    def test_a_loss_falls_and_accuracy_grows(self):
        torch.manual_seed(0)
        model = nn.Linear(4, 10)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        labels = torch.tensor([0] * 64)
        losses, right = [], []
        for _ in range(60):
            outputs = model(torch.randn(64, 4))
            loss = nn.CrossEntropyLoss()(outputs, labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            right.append((outputs.argmax(1) == labels).float().mean().item())
        self.assertAlmostEqual(losses[0], 2.3, delta=0.5)
        self.assertLess(losses[-1], 0.5)
        self.assertGreater(sum(right[-10:]) / 10, sum(right[:10]) / 10 + 0.3)


class Device(unittest.TestCase):
    def setUp(self):
        torch.cuda.synchronize()

    def busy(self, seconds):
        torch.device("cuda").queue().submit("work", seconds, 0.5)

    def test_names_itself_simulated(self):
        self.assertTrue(torch.cuda.is_available())
        self.assertEqual(torch.cuda.device_count(), 2)
        self.assertIn("simulated", torch.cuda.get_device_name())

    def test_a_launch_returns_at_once_and_a_read_waits(self):
        value = torch.tensor([1.0]).cuda()
        self.busy(0.3)
        started = time.monotonic()
        total = (value * 3).sum().detach()
        self.assertLess(time.monotonic() - started, 0.1)
        self.assertEqual(total.item(), 3.0)
        self.assertGreater(time.monotonic() - started, 0.25)

    def test_each_way_to_read_waits_and_nothing_else_does(self):
        value = torch.tensor([1.0]).cuda()
        for read in (lambda: value.item(), lambda: float(value), lambda: value.cpu(), lambda: value.tolist(),
                     lambda: bool(value), lambda: str(value), lambda: f"{value.sum():.1f}",
                     lambda: torch.cuda.synchronize()):
            before = waits()
            read()
            self.assertEqual(waits(), before + 1)
        before = waits()
        total = torch.zeros(1, device="cuda")
        total += value.detach()
        value.to("cuda:1").clone().view(1, 1).mean().argmax()
        self.assertEqual(waits(), before)

    def test_the_host_runs_ahead_only_so_far(self):
        started = time.monotonic()
        for _ in range(100):
            self.busy(0.01)
        self.assertGreater(time.monotonic() - started, 0.3)
        torch.cuda.synchronize()
        self.assertLess(time.monotonic() - started, 1.3)

    def test_lines_are_short_and_in_order_of_time(self):
        model = nn.Linear(8, 8).cuda()
        model(torch.randn(4, 8).cuda()).sum().backward()
        with open(SIM, "rb") as file:
            self.assertTrue(all(len(line) < 512 for line in file))
        mine = lines()
        self.assertEqual(mine[0]["event"], "open")
        self.assertEqual(mine[0]["gpu"], "h100-sxm*2")
        times = [line["time"] for line in mine]
        self.assertEqual(times, sorted(times))
        self.assertLess(abs(times[-1] - time.monotonic()), 5)

    def test_recording_for_the_way_back_costs_time_and_memory(self):
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 30 * 30, 10)).cuda()
        images = torch.randn(4, 3, 32, 32).cuda()

        def cost():
            first = len(lines())
            before = torch.cuda.memory_allocated()
            outputs = model(images)
            held = torch.cuda.memory_allocated() - before
            return sum(line.get("duration", 0) for line in lines()[first:]), held, outputs

        seconds, held, outputs = cost()
        with torch.no_grad():
            quick, light, _ = cost()
        self.assertGreater(seconds, quick * 1.1)
        self.assertGreater(held, light * 2)
        before = torch.cuda.memory_allocated()
        outputs.sum().backward()
        self.assertLess(torch.cuda.memory_allocated(), before)

    def test_gradients_can_be_switched_off_in_every_usual_way(self):
        model = nn.Linear(2, 2).cuda()
        images = torch.randn(1, 2).cuda()

        @torch.no_grad()
        def with_brackets():
            return model(images).requires_grad

        @torch.no_grad
        def without_brackets():
            return model(images).requires_grad

        @torch.inference_mode()
        def inference():
            return model(images).requires_grad

        self.assertFalse(with_brackets() or without_brackets() or inference())
        with torch.set_grad_enabled(False):
            self.assertFalse(model(images).requires_grad)
            with torch.enable_grad():
                self.assertTrue(model(images).requires_grad)
        self.assertTrue(model(images).requires_grad)
        self.assertFalse(model(images).detach().requires_grad)

    def test_a_second_device_has_its_own_queue(self):
        second = torch.tensor([1.0]).to("cuda:1")
        torch.cuda.synchronize(1)
        self.busy(0.3)
        started = time.monotonic()
        second.item()
        self.assertLess(time.monotonic() - started, 0.1)
        with self.assertRaises(RuntimeError):
            torch.tensor([1.0]).to("cuda:2")


class Loader(unittest.TestCase):
    def test_batches_are_the_same_with_and_without_workers(self):
        for workers in (0, 1, 3):
            loader = DataLoader(Squares(), batch_size=4, num_workers=workers)
            self.assertEqual(len(loader), 3)
            seen, makers = [], set()
            for values, squares, pids in loader:
                self.assertEqual(values.shape, (len(squares), 1))
                seen += squares.tolist()
                makers |= set(pids.tolist())
            self.assertEqual(seen, [index * index for index in range(10)])
            self.assertEqual(os.getpid() in makers, workers == 0)
            self.assertEqual(len(makers), max(1, workers))
            self.assertFalse(any(alive(pid) for pid in makers - {os.getpid()}), "a worker stayed behind")

    def test_workers_really_work_at_the_same_time(self):
        loader = DataLoader(Slow(), batch_size=5, num_workers=2)
        started = time.monotonic()
        self.assertEqual(len(list(loader)), 2)
        self.assertLess(time.monotonic() - started, 0.9)

    def test_spawned_workers(self):
        loader = DataLoader(Squares(), batch_size=5, num_workers=1, multiprocessing_context="spawn")
        self.assertEqual([squares.tolist()[0] for _, squares, _ in loader], [0, 25])

    def test_shuffling_dropping_and_settings(self):
        loader = DataLoader(Squares(), batch_size=4, shuffle=True, drop_last=True, num_workers=1, pin_memory=True,
                            prefetch_factor=3)
        self.assertEqual(len(list(loader)), 2)
        squares = [value for _, batch, _ in DataLoader(Squares(), batch_size=4, shuffle=True) for value in batch.tolist()]
        self.assertEqual(sorted(squares), [index * index for index in range(10)])
        with self.assertRaises(ValueError):
            DataLoader(Squares(), persistent_workers=True)

    def test_persistent_workers_stay_for_the_next_epoch(self):
        loader = DataLoader(Squares(), batch_size=5, num_workers=1, persistent_workers=True)
        first, second = ({pid for _, _, pids in loader for pid in pids.tolist()} for _ in range(2))
        self.assertEqual(first, second)

    def test_leaving_an_epoch_early_leaves_no_process(self):
        iterator = iter(DataLoader(Squares(), batch_size=1, num_workers=2))
        pids = set(next(iterator)[2].tolist()) | set(next(iterator)[2].tolist())
        self.assertEqual(len(pids), 2)
        del iterator
        self.assertFalse(any(alive(pid) for pid in pids))

    def test_workers_end_when_their_parent_is_killed(self):
        code = ("import sys, time; sys.path.insert(0, %r); from stand_in_torch_test import *\n"
                "loader = iter(DataLoader(Large(), num_workers=2, prefetch_factor=4)); "
                "print(*(int(next(loader)[1]) for _ in range(2)), flush=True); time.sleep(60)") % str(Path(__file__).parent)
        parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        self.assertEqual(len(set(pids)), 2)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        deadline = time.monotonic() + 10
        while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertFalse(any(alive(pid) for pid in pids))

    def test_an_error_in_a_worker_names_its_cause(self):
        with self.assertRaisesRegex(RuntimeError, "sample five is broken"):
            list(DataLoader(Broken(), batch_size=2, num_workers=2))

    def test_a_worker_that_dies_is_noticed(self):
        with self.assertRaisesRegex(RuntimeError, "exited unexpectedly"):
            list(DataLoader(Dying(), batch_size=2, num_workers=2))

    def test_a_forked_worker_cannot_use_the_device(self):
        torch.tensor([1.0]).cuda()
        with self.assertRaisesRegex(RuntimeError, "forked subprocess"):
            list(DataLoader(UsesDevice(), num_workers=1, multiprocessing_context="fork"))

    def test_other_data_sets(self):
        pairs = TensorDataset(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4, 5, 6]))
        self.assertEqual([batch[1].tolist() for batch in DataLoader(pairs, batch_size=2)], [[4, 5], [6]])
        parts = random_split(Squares(), [7, 3])
        self.assertEqual([len(part) for part in parts], [7, 3])

    def test_loading_is_marked_for_the_truth(self):
        torch.tensor([1.0]).cuda()
        first = len(lines())
        list(DataLoader(Slow(), batch_size=5))
        marks = [line for line in lines()[first:] if line.get("doing") == "input"]
        self.assertEqual(sum(1 for mark in marks if mark["to"] - mark["from"] > 0.4), 2)


class Files(unittest.TestCase):
    def test_every_file_of_the_stand_in_says_what_it_is(self):
        files = list((DEMO / "torch").rglob("*.py"))
        self.assertGreater(len(files), 10)
        for path in files:
            self.assertRegex(path.read_text().splitlines()[0], r"^# Stand-in for demonstration: .*not PyTorch")

    def test_the_demo_is_written_for_python_3_8(self):
        for path in DEMO.rglob("*.py"):
            ast.parse(path.read_text(), str(path), feature_version=(3, 8))

    def test_without_a_simulated_gpu_there_is_only_the_cpu(self):
        code = ("import torch; assert not torch.cuda.is_available(); "
                "m = torch.nn.Linear(2, 2); m(torch.randn(3, 2)).sum().backward(); print(torch.ones(2).sum().item())")
        bare = {name: value for name, value in os.environ.items() if not name.startswith("PERJOULE")}
        done = subprocess.run([sys.executable, "-c", code], cwd=str(DEMO), env=bare, stdout=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, b"2.0"))

    def test_a_file_that_cannot_be_written_is_named(self):
        env = dict(os.environ, PERJOULE_SIM="/dev/null/no/sim.jsonl")
        done = subprocess.run([sys.executable, "-c", "import torch; torch.ones(1).cuda()"], cwd=str(DEMO), env=env,
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"PERJOULE_SIM=/dev/null/no/sim.jsonl", done.stderr)

    def test_the_last_line_of_a_process_says_that_it_closed(self):
        path = SIM + ".other"
        env = dict(os.environ, PERJOULE_SIM=path)
        subprocess.run([sys.executable, "-c", "import torch; torch.ones(1).cuda()"], cwd=str(DEMO), env=env, check=True)
        with open(path) as file:
            events = [json.loads(line)["event"] for line in file]
        self.assertEqual((events[0], events[-1]), ("open", "close"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
