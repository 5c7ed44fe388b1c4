/** Scripts whose cause stands in the code: the line that a run's waste has to name ends with `# HERE`. */

import type { WasteKind } from '../../contracts/waste.ts';

const head = `import torch
from torch import nn
from pathlib import Path
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.functional import to_tensor


class Pictures(Dataset):
    def __init__(self, folder):
        self.files = sorted(Path(folder).glob("*.png"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        return to_tensor(Image.open(self.files[index])), int(self.files[index].name[0])


device = torch.device("cuda")
model = nn.Linear(512, 10).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
`;
const workers =
  'DataLoader(Pictures("train"), batch_size=64, num_workers=8, pin_memory=True, persistent_workers=True)';
const loop = (before: string, after: string): string => `
for epoch in range(10):
    for images, labels in loader:
        images = images.to(device, non_blocking=True)
        labels = labels.to(device, non_blocking=True)
${before}        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
${after}`;

export const sources: readonly { readonly kind: WasteKind; readonly text: string }[] = [
  {
    kind: 'inputWait',
    text: `${head}loader = DataLoader(Pictures("train"), batch_size=64, shuffle=True)  # HERE\n${loop('', '')}`,
  },
  {
    kind: 'inputWait',
    text: `${head}loader = DataLoader(Pictures("train"), batch_size=64, num_workers=0, drop_last=True)  # HERE\n${loop('', '')}`,
  },
  {
    kind: 'inputWait',
    text: `${head}
def make_loader():
    return DataLoader(Pictures("train"), batch_size=256, shuffle=True)  # HERE

loader = make_loader()
${loop('', '')}`,
  },
  {
    kind: 'hostSync',
    text: `${head}loader = ${workers}\ntotal = 0.0\n${loop('', '        total += loss.item()  # HERE\n')}`,
  },
  {
    kind: 'hostSync',
    text: `${head}loader = ${workers}\n${loop('', '        print(f"loss {loss.item():.3f}")  # HERE\n')}`,
  },
  {
    kind: 'hostSync',
    text: `${head}loader = ${workers}\nlosses = []\n${loop('', '        losses.append(float(loss))  # HERE\n')}`,
  },
];
