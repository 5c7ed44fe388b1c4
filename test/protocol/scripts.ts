/** A training script of ordinary habits, with one finding of each rule; tests grow it and break it. */

export const trainScript = `import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


def evaluate(model, loader, device):
    model.eval()
    correct = 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        logits = model(images)
        correct += (logits.argmax(1) == labels).sum()
    return correct.item()


def main():
    device = torch.device("cuda")
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).to(device)
    data = datasets.ImageFolder("data", transform=transforms.ToTensor())
    loader = DataLoader(data, batch_size=64, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    running = 0.0
    for epoch in range(10):
        for step, (images, labels) in enumerate(loader):
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(epoch, running, evaluate(model, loader, device))


if __name__ == "__main__":
    main()
`;

export const rulesOfTrainScript = ['eval-without-no-grad', 'loader-no-workers', 'sync-scalar-in-step'];
