/** Python as people write it, from templates with varied names, sizes and habits: the same seed gives the same text. */

export type Random = () => number;

const nouns =
  'batch image token sample window record segment frame layer region event order user report feature'.split(
    ' ',
  );
const verbs =
  'load build merge filter score resize encode decode split normalise update select collect convert'.split(
    ' ',
  );
const types = ['int', 'float', 'str', 'bool', 'list[str]', 'dict[str, float]', 'Path', 'tuple[int, int]'];

export class Words {
  private readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  one<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  maybe(share: number): boolean {
    return this.random() < share;
  }

  noun(): string {
    return this.one(nouns);
  }

  verb(): string {
    return this.one(verbs);
  }

  name(): string {
    return `${this.verb()}_${this.noun()}`;
  }

  className(): string {
    const capital = (word: string): string => word[0]?.toUpperCase() + word.slice(1);
    return capital(this.verb()) + capital(this.noun());
  }

  times(least: number, most: number, make: (index: number) => string): string {
    const count = least + this.below(most - least + 1);
    return Array.from({ length: count }, (_, index) => make(index)).join('');
  }
}

const docstring = (w: Words, indent: string): string =>
  w.maybe(0.6)
    ? `${indent}"""${w.verb()} the ${w.noun()} of each ${w.noun()}.\n\n${indent}Returns the ${w.noun()}, or None when there is no ${w.noun()}.\n${indent}"""\n`
    : '';

function plainStatement(w: Words, indent: string): string {
  const [a, b] = [w.noun(), w.noun()];
  return w.one([
    () => `${indent}${a}_count = len(${a}s) + ${w.below(90)}  # ${w.verb()} later\n`,
    () =>
      `${indent}if not ${a}:\n${indent}    raise ValueError(f"no ${a} in {${b}!r}, expected {${w.below(9)}}")\n`,
    () => `${indent}${b}s = [x.${a} for x in ${a}s if x.${b} is not None and x.size > ${w.below(40)}]\n`,
    () =>
      `${indent}for index, item in enumerate(sorted(${a}s, key=lambda x: x.${b})):\n${indent}    if index % ${2 + w.below(9)} == 0:\n${indent}        continue\n${indent}    result.append((index, item["${b}"], self._${w.verb()}(item)))\n`,
    () =>
      `${indent}try:\n${indent}    ${a} = json.loads(${b}.read_text(encoding="utf-8"))\n${indent}except (OSError, json.JSONDecodeError) as error:\n${indent}    logger.warning("cannot ${w.verb()} %s: %s", ${b}, error)\n${indent}    return None\n`,
    () => `${indent}${a}.setdefault("${b}", {}).update(${b}=${b}, limit=${w.below(500)}, **options)\n`,
    () =>
      `${indent}with open(self.root / "${a}.csv", newline="") as stream:\n${indent}    rows = list(csv.DictReader(stream))\n`,
    () => `${indent}self.${a} = ${b} if ${b} is not None else self.default_${a}\n`,
    () => `${indent}assert isinstance(${a}, (list, tuple)), type(${a})\n`,
  ])();
}

function plainMethod(w: Words, indent: string): string {
  const parameters = w.times(0, 3, () => `, ${w.noun()}_${w.below(9)}: ${w.one(types)} = None`);
  const decorator = w.maybe(0.12)
    ? `${indent}${w.one(['@staticmethod', '@property', '@functools.lru_cache'])}\n`
    : '';
  return `${decorator}${indent}def ${w.name()}_${w.below(99)}(self${parameters}):\n${docstring(w, `${indent}    `)}${indent}    result = []\n${w.times(3, 9, () => plainStatement(w, `${indent}    `))}${indent}    return result\n\n`;
}

/** Settings, parsers, reports, clients: nothing of it runs on a GPU. `others` are modules beside it. */
export function plainModule(w: Words, others: readonly string[]): string {
  const imports = others.length > 0 ? `from .${w.one(others)} import ${w.className()}  # noqa\n` : '';
  const table = w.maybe(0.3)
    ? `TABLE = {\n${w.times(8, 40, (i) => `    "${w.noun()}_${i}": (${w.below(999)}, ${w.below(99)}.${w.below(9)}, "${w.verb()}"),\n`)}}\n\n`
    : '';
  return `"""Handles each ${w.noun()} of a ${w.noun()}."""\n\nimport csv\nimport functools\nimport json\nimport logging\nfrom pathlib import Path\n\n${imports}\nlogger = logging.getLogger(__name__)\n\n${table}${w.times(1, 4, () => `class ${w.className()}:\n${docstring(w, '    ')}    def __init__(self, root: Path, ${w.noun()}=None, **options):\n        self.root = root\n        self.options = options\n\n${w.times(2, 8, () => plainMethod(w, '    '))}\n`)}${w.times(1, 4, () => plainMethod(w, '').replace('(self', '(self_'))}`;
}

const gpuImports =
  'import argparse\nimport os\n\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom torch.utils.data import DataLoader, Dataset\n';

function layerClass(w: Words, name: string): string {
  return `class ${name}(nn.Module):\n${docstring(w, '    ')}    def __init__(self, dim=${64 << w.below(4)}, heads=${1 + w.below(12)}, dropout=0.${w.below(5)}):\n        super().__init__()\n${w.times(2, 7, (i) => `        self.${w.noun()}${i} = ${w.one(['nn.Linear(dim, 4 * dim)', 'nn.Conv2d(dim, dim, kernel_size=3, padding=1, bias=False)', 'nn.LayerNorm(dim)', 'nn.Sequential(nn.Linear(dim, dim), nn.GELU(), nn.Dropout(dropout))'])}\n`)}        self.out = nn.Linear(dim, dim)\n        self.scale = (dim // heads) ** -0.5\n\n    def forward(self, x, mask=None):\n        b, n, c = x.shape\n        q, k, v = self.out(x).reshape(b, n, 3, -1).unbind(2)\n        attn = (q @ k.transpose(-2, -1)) * self.scale\n        if mask is not None:\n            attn = attn.masked_fill(mask == 0, float("-inf"))\n${w.times(1, 6, () => `        x = ${w.one(['F.relu(x + v)', 'F.dropout(attn.softmax(dim=-1) @ v, p=0.1, training=self.training)', 'torch.cat([x, v], dim=-1)[..., :c]', 'x.view(b, -1, c) * torch.sigmoid(v)'])}\n`)}        return self.out(x)\n\n`;
}

function datasetClass(w: Words, name: string): string {
  return `class ${name}(Dataset):\n    def __init__(self, root, transform=None):\n        self.paths = sorted(os.path.join(root, p) for p in os.listdir(root))\n        self.transform = transform\n\n    def __len__(self):\n        return len(self.paths)\n\n    def __getitem__(self, index):\n        ${w.noun()} = torch.load(self.paths[index])\n        if self.transform is not None:\n            ${w.noun()} = self.transform(${w.noun()})\n        return {"image": ${w.noun()}, "label": torch.tensor(index % ${2 + w.below(1000)})}\n\n`;
}

function trainFunction(w: Words, subject: string, index: number): string {
  const amp = w.maybe(0.4);
  const forward = amp
    ? '            with torch.autocast("cuda"):\n                output = model(images)\n                loss = criterion(output, labels)\n'
    : '            output = model(images)\n            loss = criterion(output, labels)\n';
  return `def train_${subject}_${index}(model, loader, optimizer, criterion, device, epochs, args):\n    model.train()\n    history = []\n    for epoch in range(epochs):\n        total, correct = 0.0, 0\n        for step, batch in enumerate(loader):\n            images = batch["image"].to(device${w.maybe(0.5) ? ', non_blocking=True' : ''})\n            labels = batch["label"].to(device)\n            optimizer.zero_grad()\n${forward}            loss.backward()\n            torch.nn.utils.clip_grad_norm_(model.parameters(), ${1 + w.below(5)}.0)\n            optimizer.step()\n            ${w.one(['total += loss.item()', 'total += loss.detach()', 'history.append(float(loss))', 'correct += (output.argmax(1) == labels).sum()'])}\n            if step % args.log_every == 0:\n                print(f"epoch {epoch} step {step} loss {total / (step + 1):.4f}")\n${w.times(0, 6, () => plainStatement(w, '        '))}        evaluate_${index}(model, loader, device)\n    return history\n\n\n@torch.no_grad()\ndef evaluate_${index}(model, loader, device):\n    model.eval()\n    hits = torch.zeros((), device=device)\n    for batch in loader:\n        output = model(batch["image"].to(device))\n        hits += (output.argmax(1) == batch["label"].to(device)).sum()\n    return hits.item() / len(loader.dataset)\n\n\n`;
}

/** Layers, data and training loops, with the bookkeeping around them. */
export function gpuModule(w: Words, others: readonly string[]): string {
  const imported = others.length > 0 ? `from .${w.one(others)} import *  # noqa\n` : '';
  const layer = w.className();
  const subject = w.noun();
  const data = `${w.className()}Data`;
  return `${gpuImports}${imported}\n\n${w.times(1, 4, (i) => layerClass(w, `${layer}${i}`))}${datasetClass(w, data)}${w.times(1, 3, (i) => trainFunction(w, subject, i))}${w.times(0, 3, () => plainMethod(w, '').replace('(self', '(self_'))}def main():\n    parser = argparse.ArgumentParser()\n    parser.add_argument("--lr", type=float, default=1e-${2 + w.below(3)})\n    parser.add_argument("--log-every", type=int, default=${10 + w.below(90)})\n    parser.add_argument("--batch-size", type=int, default=${8 << w.below(5)})\n    args = parser.parse_args()\n    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")\n    model = ${layer}0().to(device)\n    loader = DataLoader(${data}("data"), batch_size=args.batch_size, shuffle=True, num_workers=${w.below(8)}, pin_memory=True)\n    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)\n    train_${subject}_0(model, loader, optimizer, nn.CrossEntropyLoss(), device, ${1 + w.below(100)}, args)\n\n\nif __name__ == "__main__":\n    main()\n`;
}
