"""Trains a small classifier on the pictures in data/.

    python train.py                 two epochs
    python train.py --epochs 1 --steps 10
"""

import argparse
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from history import History
from pictures import CLASSES, decode, ensure_pictures

HERE = Path(__file__).resolve().parent


class Pictures(Dataset):
    """Pictures of one split; the first digit of a file's name is its class."""

    def __init__(self, folder, limit=None):
        self.files = sorted(folder.glob("*.ppm"))[:limit]

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        path = self.files[index]
        with open(path, "rb") as file:
            pixels = decode(file.read())
        return torch.tensor(pixels).view(3, 32, 32), int(path.name[0])


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Linear(64 * 8 * 8, CLASSES)

    def forward(self, images):
        return self.classifier(torch.flatten(self.features(images), 1))


def show_progress(epoch, done, total, started):
    spent = time.time() - started
    left = spent / done * (total - done)
    bar = ("#" * (10 * done // total)).ljust(10)
    print(f"\rEpoch {epoch}: {100 * done // total:3d}%|{bar}| {done}/{total} "
          f"[{spent // 60:02.0f}:{spent % 60:02.0f}<{left // 60:02.0f}:{left % 60:02.0f}, {done / spent:.2f}it/s]",
          end="\n" if done == total else "", flush=True)


def evaluate(model, loader, device):
    model.eval()
    correct = 0
    for images, labels in loader:
        outputs = model(images.to(device))
        correct += (outputs.argmax(dim=1) == labels.to(device)).sum()
    return correct.item() / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--steps", type=int, default=26, help="steps per epoch, 26 at most")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.05)
    args = parser.parse_args()

    ensure_pictures(HERE / "data")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set = Pictures(HERE / "data" / "train", limit=args.steps * args.batch_size)
    train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    test_loader = DataLoader(Pictures(HERE / "data" / "test"), batch_size=args.batch_size)

    model = SmallNet().to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    history = History(HERE / "history.csv")

    for epoch in range(1, args.epochs + 1):
        model.train()
        running_loss = 0.0
        correct = 0
        started = time.time()
        for step, (images, labels) in enumerate(train_loader):
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()

            running_loss += loss.item()
            correct += (outputs.argmax(dim=1) == labels).sum().item()
            history.add(epoch, step + 1, len(labels), time.time() - started)
            show_progress(epoch, step + 1, len(train_loader), started)

        accuracy = evaluate(model, test_loader, device)
        print(f"Epoch {epoch}: loss {running_loss / len(train_loader):.3f}, "
              f"train accuracy {correct / len(train_set):.1%}, test accuracy {accuracy:.1%}")


if __name__ == "__main__":
    main()
